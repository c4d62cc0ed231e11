// Package says puts what Izin says of a page on the site's answer: Traefik hands the fields of a yes to the site, and has no
// middleware of its own that would compare a field with the site's. Traefik reads this file itself; nothing is compiled.
package says

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strings"
)

const (
	prefix   = "Izin-Says-"
	decision = "Izin-Decision"
	status   = "Izin-Status"
)

var (
	member  = regexp.MustCompile(`^\s*([a-z*][a-z0-9_.*-]*)\s*=\s*([a-z?0-9]+)`)
	shared  = regexp.MustCompile(`(?i)(?:^|[,\s])(?:public|s-maxage)(?:$|[=,\s])`)
	license = regexp.MustCompile(`(?i)^License(?:\s|$)`)
)

// Config has nothing to be set.
type Config struct{}

// CreateConfig gives it.
func CreateConfig() *Config { return &Config{} }

type says struct{ next http.Handler }

// New is called by Traefik for each router.
func New(_ context.Context, next http.Handler, _ *Config, _ string) (http.Handler, error) {
	return &says{next}, nil
}

func (s *says) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	said := http.Header{}
	for name, values := range req.Header {
		if strings.HasPrefix(name, prefix) {
			said[http.CanonicalHeaderKey(name[len(prefix):])] = values
		}
	}
	for name := range said {
		req.Header.Del(prefix + name)
	}
	// A license token is for Izin, not for the site.
	if license.MatchString(req.Header.Get("Authorization")) {
		req.Header.Del("Authorization")
	}
	id := req.Header.Get(decision)
	req.Header.Del(decision)
	site := &answer{ResponseWriter: rw, said: said, decision: id}
	s.next.ServeHTTP(site, req)
	// For the access log, which has no status of a connection that went on in another protocol.
	req.Header.Set(decision, id)
	if site.upgraded {
		req.Header.Set(status, "101")
	}
}

// answer is the site's on its way to the client.
type answer struct {
	http.ResponseWriter
	said     http.Header
	decision string
	begun    bool
	upgraded bool
}

func (a *answer) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		a.dress()
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(octets []byte) (int, error) {
	a.dress()
	return a.ResponseWriter.Write(octets)
}

// Flush is for answers that come bit by bit.
func (a *answer) Flush() {
	if flusher, ok := a.ResponseWriter.(http.Flusher); ok {
		a.dress()
		flusher.Flush()
	}
}

// Hijack is for connections that go on in another protocol.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	hijacker, ok := a.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, errors.New("the connection cannot be taken over")
	}
	a.dress()
	a.upgraded = true
	return hijacker.Hijack()
}

func (a *answer) dress() {
	if a.begun {
		return
	}
	a.begun = true
	site := a.Header()
	for _, name := range []string{"Link", "X-Robots-Tag"} {
		for _, value := range a.said[name] {
			site.Add(name, value)
		}
	}
	if usage := a.said.Get("Content-Usage"); usage != "" {
		site.Set("Content-Usage", stricter(usage, site.Values("Content-Usage")))
	}
	if reservation := a.said.Get("Tdm-Reservation"); reservation != "" {
		for _, value := range site.Values("Tdm-Reservation") {
			if value == "1" {
				reservation = value
			}
		}
		site.Set("Tdm-Reservation", reservation)
	}
	if policy := a.said.Get("Tdm-Policy"); policy != "" {
		site.Set("Tdm-Policy", policy)
	}
	site.Del(decision)
	// What a license opened stays in no cache; of everything else the decision and what is said of rates belong to one request.
	if caching := a.said.Get("Cache-Control"); caching != "" {
		site.Set("Cache-Control", caching)
		for _, name := range []string{"Cdn-Cache-Control", "Surrogate-Control", "Expires"} {
			site.Del(name)
		}
	} else if site.Get("Cdn-Cache-Control") != "" || site.Get("Surrogate-Control") != "" ||
		shared.MatchString(strings.Join(site.Values("Cache-Control"), ",")) {
		return
	}
	for _, name := range []string{"Ratelimit", "Ratelimit-Policy"} {
		if value := a.said.Get(name); value != "" {
			site.Set(name, value)
		}
	}
	site.Set(decision, a.decision)
}

// stricter gives Izin's Content-Usage with what the site says besides: of each use the stricter of both.
func stricter(ours string, theirs []string) string {
	var uses []string
	values := map[string]string{}
	for _, field := range append([]string{ours}, theirs...) {
		for _, part := range strings.Split(strings.ToLower(field), ",") {
			found := member.FindStringSubmatch(part)
			if found == nil {
				continue
			}
			if _, known := values[found[1]]; !known {
				uses = append(uses, found[1])
				values[found[1]] = found[2]
			} else if found[2] == "n" {
				values[found[1]] = "n"
			}
		}
	}
	for at, use := range uses {
		uses[at] = use + "=" + values[use]
	}
	return strings.Join(uses, ", ")
}
