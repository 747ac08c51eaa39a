package flow

// Sweep forgets the flows that keep returns false for. It is asked of each that is held, once, in
// no order that means anything; it may change the flow but for its key. What was kept for a flow
// elsewhere is for keep to give back. Flows that were returned before are not valid any more.
func (t *Table) Sweep(keep func(*Flow) bool) {
	for number := range t.used {
		if f := t.at(number); f.placed() && !keep(f) {
			t.release(number)
		}
	}
}
