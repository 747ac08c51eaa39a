package main

import (
	"fmt"
	"strconv"
	"strings"
)

// size is a flag in mebioctets: "96", "96MiB", "2GiB". Its value is octets.
type size int64

// mostMemory is more than any machine has, and far from where sums overflow.
const mostMemory = 1 << 50

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	number, shift := text, 20
	for suffix, bits := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40} {
		if head, found := strings.CutSuffix(text, suffix); found {
			number, shift = head, bits
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n <= 0 || n > mostMemory>>shift || n<<shift < 1<<20 {
		return fmt.Errorf("write it as 96MiB or 2GiB, at least 1MiB")
	}
	*s = size(n << shift)
	return nil
}

// String implements pflag.Value.
func (s *size) String() string { return strconv.FormatInt(int64(*s)>>20, 10) + "MiB" }

// Type implements pflag.Value.
func (s *size) Type() string { return "size" }
