package capture

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/bpf"
)

// A program of the classic Berkeley Packet Filter runs in the kernel on every packet, and says how
// many octets of it are wanted; 0 is none.
//
// What it sees of a received frame has lost its outermost 802.1Q or 802.1ad tag: Linux takes the
// tag off before any socket sees the frame, and tells of it beside (man 7 packet, PACKET_AUXDATA).
// An EtherType at offset 12 is then the one behind that tag. A program that must know of the tag
// asks for it by bpf.ExtVLANTagPresent and bpf.ExtVLANTag, as "tcpdump -i eth1 -ddd vlan" does.

// defaultSnapLength is what tcpdump captures of a packet when it is not told.
const defaultSnapLength = 262144

// passedTypes are the EtherTypes that packet.Decode reads on behind Ethernet or a tag: see
// capture/packet/link.go.
var passedTypes = []uint32{
	0x0800, // IPv4
	0x86dd, // IPv6
	0x8847, // MPLS
	0x8848, // MPLS multicast
	0x8864, // PPPoE session
	0x8926, // Cisco VN-Tag: what follows it is not looked at
	0x893f, // 802.1BR E-tag, the same
}

// tagTypes are the EtherTypes of tags of four octets.
var tagTypes = []uint32{0x8100, 0x88a8, 0x9100}

const (
	tagSize     = 4
	typeOffset  = 12   // of the EtherType in an Ethernet frame
	lengthLimit = 1500 // the largest number there that is a length
)

// ethernetProgram passes what can lead to IP on Ethernet: IPv4 and IPv6 themselves, MPLS, PPPoE
// sessions and bridges' own tags, in Ethernet II or, for IP, in 802.2 headers, under no tag, one,
// or two; with the one that the kernel takes off, three. Under more tags everything passes. ARP,
// LLDP, spanning tree and keepalives stay out.
func ethernetProgram(snap int) []bpf.RawInstruction {
	const levels = 3
	var b programBuilder
	for level := range levels {
		at := uint32(typeOffset + tagSize*level)
		b.label(strconv.Itoa(level))
		b.add(bpf.LoadAbsolute{Off: at, Size: 2})
		for _, t := range passedTypes {
			b.jump(bpf.JumpEqual, t, "pass")
		}
		further := "pass"
		if level < levels-1 {
			further = strconv.Itoa(level + 1)
		}
		for _, t := range tagTypes {
			b.jump(bpf.JumpEqual, t, further)
		}
		b.jump(bpf.JumpGreaterThan, lengthLimit, "drop")
		b.add(bpf.LoadAbsolute{Off: at + 2, Size: 4}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 8})
		b.jump(bpf.JumpEqual, 0x060603, "pass") // IP's own service access point
		b.jump(bpf.JumpEqual, 0xaaaa03, "pass") // SNAP (RFC 1042)
		b.add(bpf.RetConstant{Val: 0})
	}
	b.label("drop")
	b.add(bpf.RetConstant{Val: 0})
	b.label("pass")
	b.add(bpf.RetConstant{Val: uint32(snap)})
	return b.assemble()
}

// protocolProgram is the same for interfaces without a link header: the kernel knows the protocol.
func protocolProgram(snap int) []bpf.RawInstruction {
	var b programBuilder
	b.add(bpf.LoadExtension{Num: bpf.ExtProto})
	for _, t := range append(append([]uint32{}, passedTypes...), tagTypes...) {
		b.jump(bpf.JumpEqual, t, "pass")
	}
	b.add(bpf.RetConstant{Val: 0})
	b.label("pass")
	b.add(bpf.RetConstant{Val: uint32(snap)})
	return b.assemble()
}

// programBuilder lets jumps name their target.
type programBuilder struct {
	instructions []bpf.Instruction
	targets      map[int]string // of the jumps
	labels       map[string]int
}

func (b *programBuilder) add(is ...bpf.Instruction) { b.instructions = append(b.instructions, is...) }

// jump goes to target if the test holds, and on to the next instruction if not.
func (b *programBuilder) jump(test bpf.JumpTest, value uint32, target string) {
	if b.targets == nil {
		b.targets = map[int]string{}
	}
	b.targets[len(b.instructions)] = target
	b.add(bpf.JumpIf{Cond: test, Val: value})
}

func (b *programBuilder) label(name string) {
	if b.labels == nil {
		b.labels = map[string]int{}
	}
	b.labels[name] = len(b.instructions)
}

// assemble panics only on a mistake of this file, which its tests would meet.
func (b *programBuilder) assemble() []bpf.RawInstruction {
	for at, target := range b.targets {
		j := b.instructions[at].(bpf.JumpIf)
		j.SkipTrue = uint8(b.labels[target] - at - 1)
		b.instructions[at] = j
	}
	raw, err := bpf.Assemble(b.instructions)
	if err != nil {
		panic(err)
	}
	return raw
}

// snapped returns the program with its constant answers bounded by snap. Answers that it computes
// are bounded when packets are read.
func snapped(program []bpf.RawInstruction, snap int) []bpf.RawInstruction {
	out := make([]bpf.RawInstruction, len(program))
	for i, in := range program {
		if in.Op == opReturn {
			in.K = min(in.K, uint32(snap))
		}
		out[i] = in
	}
	return out
}

// Operation codes of classic BPF (linux/bpf_common.h).
const (
	opClass       = 0x07
	opClassJump   = 0x05
	opJumpAlways  = 0x05 // BPF_JMP | BPF_JA
	opReturn      = 0x06 // BPF_RET | BPF_K
	opReturnA     = 0x16 // BPF_RET | BPF_A
	mostOfProgram = 4096 // BPF_MAXINSNS
)

// rawAdvice is what every error of ParseRawProgram ends with.
const rawAdvice = `give the output of tcpdump, as in "$(tcpdump -i eth1 -ddd 'udp and not port 53')"`

// ParseRawProgram reads what "tcpdump -ddd" prints: the number of instructions, and for each its
// code and the jumps and the constant that go with it, in decimal, one instruction a line. Commas
// may stand for the ends of lines, as iptables has it. A program that it returns ends, jumps
// forward only and within itself.
func ParseRawProgram(text string) ([]bpf.RawInstruction, error) {
	lines := strings.Split(strings.Trim(strings.ReplaceAll(text, ",", "\n"), " \t\r\n"), "\n")
	if lines[0] == "" {
		return nil, errors.New("raw filter: it is empty; " + rawAdvice)
	}
	number, err := strconv.ParseUint(strings.TrimSpace(lines[0]), 10, 16)
	if err != nil {
		return nil, fmt.Errorf("raw filter: its first line is %q, not the number of instructions; %s", clipped(lines[0]), rawAdvice)
	}
	if number == 0 || number > mostOfProgram {
		return nil, fmt.Errorf("raw filter: %d instructions; it takes 1 to %d; %s", number, mostOfProgram, rawAdvice)
	}
	if have := len(lines) - 1; have != int(number) {
		return nil, fmt.Errorf("raw filter: %d instructions are announced, and %d follow; %s", number, have, rawAdvice)
	}
	program := make([]bpf.RawInstruction, number)
	for i := range program {
		if program[i], err = parseInstruction(lines[i+1]); err != nil {
			return nil, fmt.Errorf("raw filter: instruction %d: %w; %s", i, err, rawAdvice)
		}
	}
	if err := checkProgram(program); err != nil {
		return nil, fmt.Errorf("raw filter: %w; %s", err, rawAdvice)
	}
	return program, nil
}

// parseInstruction reads one line.
func parseInstruction(line string) (in bpf.RawInstruction, err error) {
	words := strings.Fields(line)
	if len(words) != 4 {
		return in, fmt.Errorf("%q has %d numbers, not 4", clipped(line), len(words))
	}
	var v [4]uint64
	for i, size := range [4]int{16, 8, 8, 32} {
		if v[i], err = strconv.ParseUint(words[i], 10, size); err != nil {
			return in, fmt.Errorf("%q is no number from 0 to %d", clipped(words[i]), uint64(1)<<size-1)
		}
	}
	return bpf.RawInstruction{Op: uint16(v[0]), Jt: uint8(v[1]), Jf: uint8(v[2]), K: uint32(v[3])}, nil
}

// clipped keeps a word of an error short.
func clipped(s string) string {
	const most = 40
	if s = strings.TrimSpace(s); len(s) > most {
		return s[:most] + "..."
	}
	return s
}

// checkProgram refuses what the kernel would refuse with no more words than "invalid argument".
func checkProgram(program []bpf.RawInstruction) error {
	decoded, known := bpf.Disassemble(program)
	for i, in := range program {
		if _, raw := decoded[i].(bpf.RawInstruction); raw && !known {
			return fmt.Errorf("instruction %d: there is no operation %d", i, in.Op)
		}
		left := uint64(len(program) - i - 1)
		switch {
		case in.Op == opJumpAlways:
			if uint64(in.K) >= left {
				return fmt.Errorf("instruction %d jumps back or beyond the end", i)
			}
		case in.Op&opClass == opClassJump:
			if uint64(max(in.Jt, in.Jf)) >= left {
				return fmt.Errorf("instruction %d jumps back or beyond the end", i)
			}
		}
	}
	if last := program[len(program)-1].Op; last != opReturn && last != opReturnA {
		return errors.New("its last instruction is no return")
	}
	return nil
}
