"""A package, so that its page and its browser end with its last test: while Playwright runs, its
event loop counts as the running one, and no other test of the same worker could start one."""
