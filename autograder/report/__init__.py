"""What is told about a submission: its sentences, its one frozen Report, its JSON form. Above checks, below exports."""
