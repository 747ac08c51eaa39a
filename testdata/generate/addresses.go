package main

import (
	"fmt"
	"net/netip"
)

// networks are blocks of universities, research networks and access providers: public
// addresses with a known country. Nothing in this folder was ever sent to them; they are
// there so that reports have countries to show.
var networks = map[string][]string{
	"AR": {"157.92.0.0/16"},                    // Universidad de Buenos Aires
	"AT": {"131.130.0.0/16"},                   // Universität Wien
	"AU": {"128.250.0.0/16"},                   // University of Melbourne
	"BE": {"134.58.0.0/16"},                    // KU Leuven
	"BR": {"143.107.0.0/16", "200.17.0.0/16"},  // Universidade de São Paulo; RNP
	"CA": {"128.100.0.0/16"},                   // University of Toronto
	"CH": {"129.132.0.0/16"},                   // ETH Zürich
	"CL": {"146.83.0.0/16"},                    // REUNA
	"CZ": {"147.251.0.0/16"},                   // Masarykova univerzita
	"DE": {"141.76.0.0/16", "130.75.0.0/16"},   // TU Dresden; Universität Hannover
	"DK": {"130.225.0.0/16"},                   // Forskningsnettet
	"ES": {"147.83.0.0/16"},                    // UPC Barcelona
	"FI": {"128.214.0.0/16"},                   // Helsingin yliopisto
	"FR": {"134.157.0.0/16"},                   // Jussieu, Paris
	"GB": {"131.111.0.0/16", "129.215.0.0/16"}, // Cambridge; Edinburgh
	"GR": {"147.102.0.0/16"},                   // NTUA Athens
	"HK": {"147.8.0.0/16"},                     // University of Hong Kong
	"HU": {"157.181.0.0/16"},                   // ELTE Budapest
	"IE": {"134.226.0.0/16"},                   // Trinity College Dublin
	"IL": {"132.66.0.0/16"},                    // Tel Aviv University
	"IS": {"130.208.0.0/16"},                   // Háskóli Íslands
	"IT": {"131.114.0.0/16"},                   // Università di Pisa
	"JP": {"133.11.0.0/16"},                    // University of Tokyo
	"KR": {"147.46.0.0/16"},                    // Seoul National University
	"LU": {"158.64.0.0/16"},                    // RESTENA
	"MC": {"88.209.64.0/18"},                   // Monaco Telecom
	"MX": {"132.248.0.0/16"},                   // UNAM
	"NL": {"130.89.0.0/16"},                    // Universiteit Twente
	"NO": {"129.240.0.0/16"},                   // Universitetet i Oslo
	"NZ": {"130.216.0.0/16"},                   // University of Auckland
	"PL": {"149.156.0.0/16"},                   // Kraków
	"PT": {"193.136.0.0/16"},                   // FCCN
	"SE": {"130.237.0.0/16"},                   // KTH Stockholm
	"SG": {"137.132.0.0/16"},                   // National University of Singapore
	"TR": {"144.122.0.0/16"},                   // METU Ankara
	"TW": {"140.112.0.0/16"},                   // National Taiwan University
	"US": {"128.112.0.0/16", "128.84.0.0/16"},  // Princeton; Cornell
	"ZA": {"137.158.0.0/16"},                   // University of Cape Town
}

// peer returns a new far port in a country: a random host of its first network, and a high
// port such as a NAT or a client that picks its own would use.
func (s *scene) peer(country string) endpoint { return s.peerIn(networks[country][0]) }

func (s *scene) peerIn(network string) endpoint {
	prefix, err := netip.ParsePrefix(network)
	if err != nil {
		s.fail(fmt.Errorf("addresses: %w", err))
		return endpoint{host: s.host(netip.IPv4Unspecified())}
	}
	b := prefix.Addr().As4()
	b[2] |= byte(s.between(1, 62)) // fits every prefix of the table
	b[3] = byte(s.between(2, 253))
	return endpoint{s.host(netip.AddrFrom4(b)), uint16(s.between(10240, 65000))}
}
