"""Starting Keystead and what stands around it: shared by the end-to-end tests, the demo and the benchmarks."""
