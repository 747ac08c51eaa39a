package classify

// claimNode is one claim of one flow, in 24 octets: a flow of noise has two or three, and a chunk of
// them fills a size that the allocator has.
type claimNode struct {
	next  uint32 // place of the flow's claim before it; 0 is none
	a, b  uint32
	frame uint32 // of the first packet that showed it
	more  uint32 // place of the frames of further ones; 0 is none
	count uint16
	named uint16 // its ClaimID, and above it the directions that it was made by
}

// dirsShift is where the directions begin in claimNode.named.
const dirsShift = 14

// moreFrames are the frames of packets after the first that showed a claim; 0 is none.
type moreFrames [3]uint32

func (n *claimNode) id() ClaimID { return ClaimID(n.named & (1<<dirsShift - 1)) }

// dirs are the directions that n was made by, bit 0 and bit 1.
func (n *claimNode) dirs() uint8 { return uint8(n.named >> dirsShift) }

// seen notes that a packet showed n.
func (c *Classifier) seen(n *claimNode, frame uint32, dir uint8) {
	n.named |= 1 << (dirsShift + dir&1)
	if n.count < 0xffff {
		n.count++
	}
	if n.frame == 0 || n.frame == frame {
		n.frame = frame
		return
	}
	if n.more == 0 {
		place, more := c.frames.add()
		n.more, *more = place, moreFrames{frame}
		return
	}
	for i, f := range c.frames.at(n.more) {
		if f == frame {
			return
		}
		if f == 0 {
			c.frames.at(n.more)[i] = frame
			return
		}
	}
}

// framesOf are the first frames that showed n.
func (c *Classifier) framesOf(n *claimNode) [4]uint32 {
	if n.more == 0 {
		return [4]uint32{n.frame}
	}
	more := c.frames.at(n.more)
	return [4]uint32{n.frame, more[0], more[1], more[2]}
}

// releaseClaims gives back the claims that begin at place i.
func (c *Classifier) releaseClaims(i uint32) {
	for i != 0 {
		n := c.claims.at(i)
		if n.more != 0 {
			c.frames.release(n.more)
		}
		c.claims.release(i)
		i = n.next
	}
}
