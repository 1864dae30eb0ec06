"""What runs inside the box. Standard library, numpy and IPython only; nothing here knows of the grader, its checks or its references."""
