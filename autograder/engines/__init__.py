"""Run the pipeline over many submissions. Each engine takes jobs and gives back reports as they are done."""
