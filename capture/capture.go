// Package capture reads frames in batches from files and interfaces.
//
// It knows formats and operating systems; what a frame means is for package packet.
package capture

import "peeratlas/capture/packet"

// Packet is one captured frame, in the terms of pcapng.
type Packet struct {
	Data           []byte // captured octets; owned by the source, valid until its next ReadBatch but one
	Timestamp      int64  // nanoseconds since the Unix epoch
	OriginalLength uint32 // octets on the wire; more than len(Data) if snapped
	Interface      uint32 // counts interfaces over all inputs, from 0
	LinkType       packet.LinkType
}
