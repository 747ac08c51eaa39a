package classify

import "testing"

// TestSetTable compares the table in classes with one set for each value.
func TestSetTable(t *testing.T) {
	const values = 256
	table := newSetTable(values, gateSet{})
	var plain [values]gateSet
	for i := range maxGates {
		passes := func(v int) bool { return (v*(2*i+1)+i)%7 == 0 || i%3 == 0 && v < 2*i }
		if i%5 == 0 {
			passes = func(v int) bool { return v != i }
		}
		table.add(i, passes)
		for v := range plain {
			if passes(v) {
				plain[v] = plain[v].with(i)
			}
		}
	}
	for v := range plain {
		if *table.at(v) != plain[v] {
			t.Fatalf("value %d: set %x, want %x", v, *table.at(v), plain[v])
		}
	}
}
