package report

import "peeratlas/classify"

// Counts sum up flows that are told of nowhere but in totals: those that are neither peer-to-peer nor
// likely, and told of no peer.
type Counts struct {
	Judgement   classify.Judgement // Other or Unknown
	Flows       uint64
	TCP, OneWay uint64 // of these, over TCP with payload; and of which one direction was seen only
}

// AddCounts counts flows as Add does one by one.
func (b *Builder) AddCounts(c Counts) {
	b.totals.Flows += c.Flows
	if c.Judgement == classify.Other {
		b.totals.OtherFlows += c.Flows
	} else {
		b.totals.UnknownFlows += c.Flows
	}
	b.tcp += c.TCP
	b.oneWay += c.OneWay
}
