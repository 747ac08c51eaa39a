package main

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"hash/crc32"
	"net/netip"
)

// Message types (RFC 8489, section 18.2; RFC 8656, section 17).
const (
	stunBinding    = 0x0001
	stunAllocate   = 0x0003
	stunRefresh    = 0x0004
	stunSend       = 0x0016
	stunData       = 0x0017
	stunPermission = 0x0008
	stunChannel    = 0x0009
	stunSuccess    = 0x0100
	stunError      = 0x0110
)

// Attributes (RFC 8489, section 18.3; RFC 8656, section 18; RFC 8445, section 16.1).
const (
	attrUsername      = 0x0006
	attrIntegrity     = 0x0008
	attrErrorCode     = 0x0009
	attrChannel       = 0x000c
	attrLifetime      = 0x000d
	attrPeer          = 0x0012
	attrData          = 0x0013
	attrRealm         = 0x0014
	attrNonce         = 0x0015
	attrRelayed       = 0x0016
	attrTransport     = 0x0019
	attrMapped        = 0x0020
	attrPriority      = 0x0024
	attrUseCandidate  = 0x0025
	attrSoftware      = 0x8022
	attrFingerprint   = 0x8028
	attrControlled    = 0x8029
	attrControlling   = 0x802a
	stunCookie        = 0x2112a442
	fingerprintSecret = 0x5354554e
)

// stun is a STUN message in the making.
type stun struct {
	kind       int
	id         []byte // 12 octets
	attributes []byte
}

// octets returns the message as far as it is made, its length counting extra octets to come.
func (m *stun) octets(extra int) []byte {
	return join(u16(m.kind), u16(len(m.attributes)+extra), u32(stunCookie), m.id, m.attributes)
}

func (m *stun) add(attribute int, value []byte) *stun {
	m.attributes = join(m.attributes, u16(attribute), u16(len(value)), pad4(append([]byte(nil), value...)))
	return m
}

// address adds a XOR address attribute (RFC 8489, section 14.2).
func (m *stun) address(attribute int, a netip.AddrPort) *stun {
	family := byte(1)
	if a.Addr().Is6() {
		family = 2
	}
	value := a.Addr().AsSlice()
	for i, octet := range join(u32(stunCookie), m.id)[:len(value)] {
		value[i] ^= octet
	}
	return m.add(attribute, join([]byte{0, family}, u16(int(a.Port())^stunCookie>>16), value))
}

// sealed ends the message with MESSAGE-INTEGRITY, if there is a key, and FINGERPRINT
// (RFC 8489, sections 14.5 and 14.7).
func (m *stun) sealed(key []byte) []byte {
	if key != nil {
		mac := hmac.New(sha1.New, key)
		mac.Write(m.octets(24))
		m.add(attrIntegrity, mac.Sum(nil))
	}
	m.add(attrFingerprint, u32(crc32.ChecksumIEEE(m.octets(8))^fingerprintSecret))
	return m.octets(0)
}

// stunMessage begins a message with a new transaction.
func (s *scene) stunMessage(kind int) *stun { return &stun{kind: kind, id: s.octets(12)} }

// reply begins the message of that class to a request.
func reply(request []byte, class int) *stun {
	return &stun{kind: int(binary.BigEndian.Uint16(request)) | class, id: request[8:20]}
}

// agent is one end of an ICE session (RFC 8445).
type agent struct {
	fragment, password string
	controlling        bool
	tie                []byte
}

const iceLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

func (s *scene) agent(controlling bool) agent {
	word := func(n int) string {
		b := s.octets(n)
		for i := range b {
			b[i] = iceLetters[b[i]&63]
		}
		return string(b)
	}
	return agent{word(4), word(24), controlling, s.octets(8)}
}

// preferReflexive is the type preference, the top octet of the priority, that a check
// announces: what it finds would be peer reflexive (RFC 8445, sections 5.1.2.2 and 7.1.1).
const preferReflexive = 110

// check is a Binding Request of agent a to agent b (RFC 8445, section 7.1 and 7.2.2).
func (s *scene) check(a, b agent, preference int, nominate bool) []byte {
	m := s.stunMessage(stunBinding)
	m.add(attrUsername, []byte(b.fragment+":"+a.fragment))
	role := attrControlled
	if a.controlling {
		role = attrControlling
	}
	m.add(role, a.tie)
	if nominate {
		m.add(attrUseCandidate, nil)
	}
	m.add(attrPriority, u32(uint32(preference)<<24|0x7f1eff))
	return m.sealed([]byte(b.password))
}

// success answers a check that by has received from the address seen.
func success(request []byte, by agent, seen netip.AddrPort) []byte {
	return reply(request, stunSuccess).address(attrMapped, seen).sealed([]byte(by.password))
}

// longTermKey is the key of a TURN user (RFC 8489, section 9.2.2).
func longTermKey(user, realm, password string) []byte {
	sum := md5.Sum([]byte(user + ":" + realm + ":" + password))
	return sum[:]
}
