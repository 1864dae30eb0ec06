"""Running untrusted code: the box, and the keeper outside that builds it, talks to it and ends it."""
