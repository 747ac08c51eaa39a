package geo

import "net/netip"

// Role is what an address is there for, as far as its network tells. It is a hint: people's lines
// hold servers, and people go out through data centres.
type Role uint8

// The roles. One address has one; what is published of it goes before what its holder's name says.
const (
	NoRole     Role = iota
	Access          // a network of people's lines: an Internet service provider, a mobile network
	Hosting         // a data centre, cloud or content network
	Relay           // its owner publishes that it relays calls
	Conference      // its owner publishes that it mixes or forwards conferences
)

func (r Role) String() string {
	return [...]string{"", "access", "hosting", "relay", "conference"}[r]
}

// RoleOf tells the role of a, of which l is what a Locator said. It asks no database, so that
// published ranges are known without one.
func RoleOf(a netip.Addr, l Location) Role {
	if public, word := place(a); word == "" {
		switch name, _ := callServices.find(public); name {
		case "relay":
			return Relay
		case "conference":
			return Conference
		}
	}
	switch {
	case l.Hosting || l.Anycast:
		return Hosting
	case isAccess(l.ASN, l.ASOrg):
		return Access
	}
	return NoRole
}

// callServices are ranges that the owners of call services publish for firewalls. What a
// service relays, and what it mixes itself, is told apart where its owner does.
var callServices = roleNetworks(map[string][]string{
	"relay": {
		// Microsoft Teams, transport relays and media processors: endpoint sets 11 and 12,
		// https://learn.microsoft.com/en-us/microsoft-365/enterprise/urls-and-ip-address-ranges (2026-11)
		"52.112.0.0/14", "52.122.0.0/15", "52.238.119.141/32", "52.244.160.207/32", "2603:1027::/48",
		"2603:1037::/48", "2603:1047::/48", "2603:1057::/48", "2603:1063::/38",
		// Telegram, among them the reflectors of calls: https://core.telegram.org/resources/cidr.txt (2026-11)
		"91.105.192.0/23", "91.108.4.0/22", "91.108.8.0/22", "91.108.12.0/22", "91.108.16.0/22", "91.108.20.0/22",
		"91.108.56.0/22", "149.154.160.0/20", "185.76.151.0/24", "2001:67c:4e8::/48", "2001:b28:f23c::/48",
		"2001:b28:f23d::/48", "2001:b28:f23f::/48", "2a0a:f280::/32",
		// Twilio, Network Traversal Service: https://www.twilio.com/docs/stun-turn/regions (2026-11)
		"3.7.35.128/25", "3.25.42.128/25", "3.235.111.128/25", "3.249.63.128/25", "13.115.244.0/27", "13.210.2.128/27",
		"13.229.255.0/27", "18.141.157.128/25", "18.156.18.128/25", "18.180.220.128/25", "18.195.48.224/27",
		"18.230.125.0/25", "18.231.105.32/27", "34.203.250.0/23", "34.203.254.0/24", "34.216.110.128/27",
		"44.234.69.0/25", "52.59.186.0/27", "52.66.193.96/27", "52.66.194.0/26", "52.215.127.0/24", "52.215.253.0/26",
		"54.65.63.192/26", "54.169.127.128/26", "54.171.127.192/26", "54.172.60.0/23", "54.244.51.0/24", "54.252.254.64/26",
		"177.71.206.192/26",
		// Google Meet, TURN: https://support.google.com/a/answer/1279090 (2026-11)
		"74.125.247.128/32", "2001:4860:4864:4:8000::/128",
	},
	"conference": {
		// Google Meet, media: the same page
		"74.125.250.0/24", "142.250.82.0/24", "2001:4860:4864:5::/64", "2001:4860:4864:6::/64",
	},
})

func roleNetworks(of map[string][]string) networks {
	var runs []network
	for word, prefixes := range of {
		for _, p := range prefixes {
			runs = append(runs, networkOf(netip.MustParsePrefix(p), word))
		}
	}
	return join(runs)
}

// isAccess reports whether an autonomous system mostly connects people, by a list of the large
// ones and by words in its holder's name.
func isAccess(asn uint32, org string) bool { return heldBy(asn, org, accessNetworks, accessWords) }

// accessWords were chosen by reading the holders' names in the embedded AS data that hold them
// (2026-06, 91,065 systems): telecom 6,130, broadband 770, fiber 732, cable 634, telekom 464, wireless
// 373, mobile 245, fibre 104, telefonic 85, and names of groups with a company in many countries.
// "communications" stays out: carriers that sell to companies call themselves so, too.
var accessWords = []string{
	"telecom", "telekom", "telefonic", "broadband", "cable", "mobile", "wireless", "fiber", "fibre",
	"vodafone", "telenor", "telia", "tele2", "telstra", "etisalat",
}

// accessNetworks is in order of asn: large networks of people's lines whose names do not say so,
// chosen 2026-11 from those with most addresses; numbers and names as in the embedded data.
var accessNetworks = []hoster{
	{209, "centurylink communications, llc"},
	{577, "bell canada"},
	{812, "rogers communications canada inc."},
	{852, "telus communications inc."},
	{1136, "kpn b.v."},
	{1267, "wind tre s.p.a."},
	{2116, "globalconnect as"},
	{2516, "kddi corporation"},
	{2518, "biglobe inc."},
	{2527, "sony network communications inc."},
	{2860, "nos comunicacoes, s.a."},
	{3215, "orange s.a."},
	{3216, "pjsc \"vimpelcom\""},
	{3243, "meo - servicos de comunicacoes e multimedia s.a."},
	{3292, "tdc holding a/s"},
	{3303, "swisscom (schweiz) ag"},
	{4134, "chinanet"},
	{4230, "claro s.a."},
	{4739, "iinet limited"},
	{4760, "pccw ims limited"},
	{4761, "pt. indosat tbk"},
	{4788, "tm technology services sdn bhd"},
	{4804, "singtel optus pty ltd"},
	{4808, "china unicom beijing province network"},
	{4837, "china unicom china169 backbone"},
	{5089, "virgin media limited"},
	{5432, "proximus nv"},
	{5466, "eircom limited"},
	{5607, "sky uk limited"},
	{5610, "o2 czech republic, a.s."},
	{5617, "orange polska spolka akcyjna"},
	{5650, "frontier communications of america, inc."},
	{5713, "telkom sa ltd."},
	{5769, "videotron ltee"},
	{6079, "rcn"},
	{6327, "shaw communications"},
	{6713, "itissalat al-maghrib"},
	{6730, "sunrise gmbh"},
	{6830, "liberty global b.v."},
	{6848, "telenet bv"},
	{7018, "at&t enterprises, llc"},
	{7029, "windstream communications llc"},
	{7545, "tpg internet pty ltd"},
	{7552, "viettel group"},
	{7738, "v tal"},
	{7992, "cogeco connexion inc."},
	{8048, "cantv servicios, venezuela"},
	{8151, "uninet s.a. de c.v."},
	{8167, "v tal"},
	{8359, "mts pjsc"},
	{8402, "pjsc \"vimpelcom\""},
	{8452, "te-as"},
	{8551, "bezeq international ltd."},
	{8708, "digi romania s.a."},
	{8881, "1&1 versatel gmbh"},
	{9050, "orange romania s.a."},
	{9141, "p4 sp. z o.o."},
	{9145, "ewe tel gmbh"},
	{9299, "philippine long distance telephone co."},
	{9498, "bharti airtel limited"},
	{9605, "ntt docomo, inc."},
	{9824, "jcom co., ltd."},
	{9829, "bharat sanchar nigam ltd"},
	{10620, "telmex colombia s.a."},
	{10796, "charter communications inc"},
	{11351, "charter communications inc"},
	{11426, "charter communications inc"},
	{11427, "charter communications inc"},
	{11776, "breezeline"},
	{12083, "wideopenwest finance llc"},
	{12271, "charter communications inc"},
	{12322, "free sas"},
	{12400, "partner communications ltd."},
	{12479, "orange espagne sa"},
	{12714, "pjsc megafon"},
	{12741, "netia sa"},
	{12874, "fastweb spa"},
	{13285, "talktalk communications limited"},
	{15557, "societe francaise du radiotelephone - sfr sa"},
	{15895, "\"kyivstar\" pjsc"},
	{16135, "turkcell iletisim hizmetleri a.s."},
	{16637, "mtn sa"},
	{17506, "arteria networks corporation"},
	{17511, "optage inc."},
	{17552, "true internet corporation co. ltd."},
	{17676, "softbank corp."},
	{17816, "china unicom ip network china169 guangdong province"},
	{17858, "lg powercomm"},
	{19108, "suddenlink communications"},
	{19901, "brightspeed"},
	{20001, "charter communications inc"},
	{20115, "charter communications"},
	{20676, "plusnet gmbh"},
	{22047, "vtr banda ancha s.a."},
	{22085, "claro s/a"},
	{22773, "cox communications inc."},
	{24560, "bharti airtel limited"},
	{24608, "wind tre s.p.a."},
	{26611, "comcel s.a."},
	{26615, "tim s/a"},
	{27831, "colombia movil"},
	{29518, "bredband2 ab"},
	{29975, "vodacom"},
	{30036, "mediacom communications corp"},
	{33363, "charter communications, inc"},
	{33588, "charter communications"},
	{33771, "safaricom limited"},
	{34984, "superonline iletisim hizmetleri a.s."},
	{37168, "cell c (pty) ltd"},
	{37492, "orange tunisie"},
	{37693, "ooredoo tunisie sa"},
	{44034, "hi3g access ab"},
	{44244, "iran cell service and communication company"},
	{45609, "bharti airtel limited"},
	{45899, "vnpt corp"},
	{47377, "orange belgium sa"},
	{50266, "odido netherlands b.v."},
	{55836, "reliance jio infocomm limited"},
}
