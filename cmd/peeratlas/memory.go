package main

// Beside what the Go runtime holds, a process holds pages of its program and of the embedded
// databases: 23 MiB when 1.5 million short flows were read (2026-11-25).
const outsideHeap = 24 << 20

// leastHeap keeps the collector from running without a pause where --memory is less than what
// the program itself needs.
const leastHeap = 72 << 20

// limitMemory bounds the Go runtime's memory: main lets it do so, for its process is its own.
// As the heap comes near the bound the collector runs more often and so leaves itself less
// reserve; nothing else changes. 1.5 million short flows took 255 MiB so, and 315 MiB without
// (busy machine, 2026-11-25).
var limitMemory = func(int64) int64 { return 0 }

// heap is what the Go runtime may take of the memory that is allowed.
func (s size) heap() int64 { return max(int64(s)-outsideHeap, leastHeap) }
