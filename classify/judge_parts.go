package classify

import (
	"runtime"
	"sync"
)

// Judging has parts that need nothing of each other: a flow by its own claims, and each flow's
// verdict once all are known. They are shared among as many goroutines as there are processors;
// what comes out is the same.

// partLeast is how many flows make a goroutine of their own worth its while.
const partLeast = 4096

// inParts calls do for parts of 0 to n, at the same time if n is large. A panic of a part is that
// of the whole.
func inParts(n int, do func(from, to int)) {
	parts := min(runtime.GOMAXPROCS(0), n/partLeast)
	if parts < 2 {
		do(0, n)
		return
	}
	var wait sync.WaitGroup
	thrown := make([]any, parts)
	for part := range parts {
		wait.Go(func() {
			defer func() { thrown[part] = recover() }()
			do(part*n/parts, (part+1)*n/parts)
		})
	}
	wait.Wait()
	for _, value := range thrown {
		if value != nil {
			panic(value)
		}
	}
}

// Beside returns a judge that says what j says, and may be asked for verdicts by another goroutine
// while j is. It takes no notes.
func (j *Judge) Beside() *Judge {
	k := *j
	k.scratch, k.notes, k.roles.told = nil, nil, nil
	return &k
}

// InBrief is Beside with Options.Brief, whatever the classifier was told.
func (j *Judge) InBrief() *Judge {
	k := j.Beside()
	k.brief = true
	return k
}

// findFacts weighs every flow by its own claims.
func (j *Judge) findFacts() {
	inParts(len(j.flows), func(from, to int) {
		k := &Judge{c: j.c}
		for i, f := range j.flows[from:to] {
			j.facts[from+i] = k.fact(f)
		}
	})
}
