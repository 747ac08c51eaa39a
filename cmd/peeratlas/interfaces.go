package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"peeratlas/capture"
	"peeratlas/report"
)

func newInterfaces() *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use:   "interfaces",
		Short: "List the network interfaces, and which look like mirror ports",
		Long: `interfaces lists what this machine can capture from, as tcpdump -D does: state, type of link,
speed, addresses, and whether it looks like the end of a mirror (SPAN) port or a tap. It needs no
right and sends nothing.`,
		Example: "  peeratlas interfaces\n  peeratlas interfaces --format json | jq -r '.[] | select(.mirror).interface'",
		Args:    noWords,
		RunE: func(cmd *cobra.Command, args []string) error {
			write, known := map[string]func(io.Writer, []capture.Interface) error{"text": writeInterfaces, "json": writeInterfacesJSON}[format]
			if !known {
				return fmt.Errorf("--format %s: choose text or json", format)
			}
			list, err := capture.Interfaces()
			if err != nil {
				return err
			}
			return write(cmd.OutOrStdout(), list)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "one of text, json")
	return cmd
}

// writeInterfaces writes a table. The last column is as long as it is.
func writeInterfaces(w io.Writer, list []capture.Interface) error {
	rows := [][]string{{"INTERFACE", "STATE", "LINK", "SPEED", "MAC", "ADDRESSES"}}
	for n := range list {
		i := &list[n]
		rows = append(rows, []string{report.Clean(i.Name, 0), i.State, or(i.Link, "-"), speedWords(i.Megabits), or(i.MAC.String(), "-"), or(told(i), "-")})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			widths[c] = max(widths[c], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for c, cell := range row[:len(row)-1] {
			fmt.Fprintf(&b, "%-*s  ", widths[c], cell)
		}
		b.WriteString(row[len(row)-1] + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// told is what the last column says: addresses, and what is remarkable.
func told(i *capture.Interface) string {
	var parts []string
	for _, a := range i.Addresses {
		parts = append(parts, a.String())
	}
	text := strings.Join(parts, " ")
	looks, why := i.Mirror()
	switch {
	case looks:
		why = "looks like a mirror port: " + why
	case why == "" && i.Promiscuous:
		why = "promiscuous"
	}
	if text != "" && why != "" {
		text += "; "
	}
	return text + why
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// speedWords is a speed as it is printed on the port.
func speedWords(megabits int) string {
	switch {
	case megabits <= 0:
		return "-"
	case megabits >= 1000:
		return fmt.Sprintf("%g Gb/s", float64(megabits)/1000)
	}
	return fmt.Sprintf("%d Mb/s", megabits)
}

// interfaceJSON is one interface as JSON tells it.
type interfaceJSON struct {
	Name        string   `json:"interface"`
	State       string   `json:"state"`
	Link        string   `json:"link"`
	LinkType    uint16   `json:"link_type"`
	MAC         string   `json:"mac"`
	Addresses   []string `json:"addresses"`
	MTU         int      `json:"mtu"`
	Megabits    int      `json:"megabits"`
	Promiscuous bool     `json:"promiscuous"`
	Received    uint64   `json:"packets_in"`
	Sent        uint64   `json:"packets_out"`
	Mirror      bool     `json:"mirror"`
	Note        string   `json:"note"`
	Unreadable  string   `json:"unreadable"`
}

func writeInterfacesJSON(w io.Writer, list []capture.Interface) error {
	out := make([]interfaceJSON, len(list))
	for n := range list {
		i := &list[n]
		out[n] = interfaceJSON{Name: i.Name, State: i.State, Link: i.Link, LinkType: uint16(i.LinkType), MAC: i.MAC.String(),
			Addresses: []string{}, MTU: i.MTU, Megabits: i.Megabits, Promiscuous: i.Promiscuous, Received: i.Received, Sent: i.Sent,
			Unreadable: i.Unreadable}
		out[n].Mirror, out[n].Note = i.Mirror()
		for _, a := range i.Addresses {
			out[n].Addresses = append(out[n].Addresses, a.String())
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(out)
}
