package doctor

import (
	"fmt"
	"slices"
	"strings"
)

// tagShare: a mirror of one trunk tags what it shows, or does not. A few frames of the other kind
// are the switch's own protocols, or the native VLAN.
const tagShare = 0.01

// tags counts frames by VLAN.
type tags struct {
	frames   uint64 // of link types that carry tags
	tagged   uint64
	stacked  uint64 // of these, with more than one tag
	priority uint64 // of these, with VID 0: a priority, no VLAN (IEEE 802.1Q, 9.6)
	vlan     [4096]uint64
}

func (t *tags) add(f *frame) {
	if !f.macs && f.tags == 0 {
		return
	}
	t.frames++
	if f.tags == 0 {
		return
	}
	t.tagged++
	if f.tags > 1 {
		t.stacked++
	}
	if f.vid == 0 {
		t.priority++
	}
	t.vlan[f.vid]++
}

// mostVLANs is how many VLANs a finding names.
const mostVLANs = 5

// words names the VLANs that were seen, the busiest first.
func (t *tags) words() string {
	var seen []int
	for vid := 1; vid < len(t.vlan); vid++ {
		if t.vlan[vid] > 0 {
			seen = append(seen, vid)
		}
	}
	slices.SortStableFunc(seen, func(a, b int) int {
		if t.vlan[a] > t.vlan[b] {
			return -1
		} else if t.vlan[a] < t.vlan[b] {
			return 1
		}
		return 0
	})
	var parts []string
	for _, vid := range seen[:min(len(seen), mostVLANs)] {
		parts = append(parts, fmt.Sprintf("%d (%s)", vid, percent(t.vlan[vid], t.frames)))
	}
	if more := len(seen) - mostVLANs; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	if t.priority > 0 {
		parts = append(parts, fmt.Sprintf("priority alone (%s)", percent(t.priority, t.frames)))
	}
	if untagged := t.frames - t.tagged; untagged > 0 {
		parts = append(parts, fmt.Sprintf("untagged (%s)", percent(untagged, t.frames)))
	}
	return "VLAN " + strings.Join(parts, ", ")
}

func (t *tags) finding(o *Options, n *counts) Finding {
	f := Finding{Check: "vlan tags", Limit: "none by itself; with --expect-vlan a problem if tags are missing, a hint if they are in one direction alone"}
	f.figure("tagged", t.tagged)
	f.figure("untagged", t.frames-t.tagged)
	f.figure("stacked", t.stacked)
	const remedy = "Let the mirror session keep tags (\"encapsulation\" or \"tagged\" in its settings); on the host, turn VLAN offload (rxvlan) off or capture with a tool that restores tags."
	switch {
	case t.frames == 0:
		f.Measured = "this link type has no place for tags"
		if o.ExpectTags {
			f.is(Problem, "Networks that use the same addresses in several VLANs are taken for one.", "Capture on an Ethernet interface, not on \"any\" or a tunnel.")
		}
		return f
	case t.tagged == 0:
		f.Measured = "none on " + counted(t.frames, "frame", "frames")
	default:
		f.Measured = t.words()
	}
	if t.stacked > 0 {
		f.Measured += "; " + grouped(t.stacked) + " with two tags or more"
	}
	if both := n.both + n.udpBoth; n.oneTagged > 0 && share(n.oneTagged, both) >= tagShare {
		f.Measured += "; " + of(n.oneTagged, both, "conversations are tagged in one direction alone")
		f.is(Hint, "None for verdicts; a filter by VLAN loses the other direction.", remedy)
	}
	if !o.ExpectTags {
		return f
	}
	if share(t.tagged-t.priority, t.frames) < tagShare {
		f.is(Problem, "Networks that use the same addresses in several VLANs are taken for one.", remedy)
		return f
	}
	var missing []string
	for _, vid := range o.ExpectVLANs {
		if t.vlan[vid&0x0fff] == 0 {
			missing = append(missing, fmt.Sprint(vid))
		}
	}
	if len(missing) > 0 {
		f.Measured += "; nothing of VLAN " + strings.Join(missing, ", ")
		f.is(Problem, "What happens in these VLANs is not seen.", "Add them to the sources of the mirror session, and to what its destination port may carry.")
	}
	return f
}
