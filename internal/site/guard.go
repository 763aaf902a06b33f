package site

import (
	"crypto/rand"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
)

// policy is the content security policy of every answer: only what this site itself serves, no inline script or style.
const policy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"

// guard keeps other sites' pages out: it checks Host against rebinding of DNS names, Origin and the token against forged posts.
type guard struct {
	token string
	hosts []string // beside loopback's names
	next  http.Handler
}

func newGuard(hosts []string) *guard { return &guard{token: rand.Text(), hosts: hosts} }

// ServeHTTP sets the headers that every answer has, and refuses what should not be here.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if !g.knows(r.Host) {
		http.Error(w, "this site answers only to this machine's own name", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !g.mayChange(r) {
		http.Error(w, "the request does not come from this site's own page; reload it and try again", http.StatusForbidden)
		return
	}
	g.next.ServeHTTP(w, r)
}

// knows says whether host, with or without a port, is this machine's.
func (g *guard) knows(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if len(name) > 1 && name[0] == '[' && name[len(name)-1] == ']' {
		name = name[1 : len(name)-1]
	}
	if name == "localhost" || slices.Contains(g.hosts, name) {
		return true
	}
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback()
}

// mayChange holds a request that changes state against the token and its origin.
func (g *guard) mayChange(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Host != r.Host {
			return false
		}
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	token := r.Header.Get("X-Plume-Token")
	if token == "" {
		r.Body = http.MaxBytesReader(nil, r.Body, 4096)
		token = r.PostFormValue("token")
	}
	return subtle.ConstantTimeCompare([]byte(token), []byte(g.token)) == 1
}
