package site

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"time"

	"go.uber.org/zap"

	"github.com/plumemq/plume/internal/catalog"
	"github.com/plumemq/plume/internal/tracestore"
	"github.com/plumemq/plume/internal/walkthrough"
)

// ErrNoFault says that there is no fault of that name.
var ErrNoFault = errors.New("there is no such fault here")

// Fault is something that the reader may break on purpose. It heals by itself.
type Fault struct {
	ID     string       // "broker-kill"
	Group  catalog.Text // faults of one group stand together
	Title  catalog.Text // the button
	What   catalog.Text // what is done, one or two sentences
	Look   catalog.Text // what to look for in a trace while it is on
	Page   string       // where a walkthrough tells more, "/walkthrough/..."; may be empty
	Lasts  time.Duration
	Active bool
	Until  time.Time // when an active one ends by itself
}

// Period is a time during which a fault was on.
type Period struct {
	Fault    string // its id
	Title    catalog.Text
	From, To time.Time // a zero To: still on
}

// Faults breaks things for real, on what the demo itself has made and nothing else. Its methods may be called concurrently.
type Faults interface {
	// Faults are all of them, in the order of their buttons.
	Faults() []Fault
	// Set switches one on or off and returns when it is. Another one that needs the same part ends first. ErrNoFault.
	Set(ctx context.Context, id string, on bool) error
	// Show does what makes a fault that is on visible, and returns the id of the trace that has it. With an error the trace, if
	// there is one, does not show what it should.
	Show(ctx context.Context, id string) (traceID string, err error)
	// Periods are the latest times at which faults were on, in no order.
	Periods() []Period
}

// LoadState is what the load generator does.
type LoadState struct {
	Running      bool
	Mode         string
	Rate         int     // asked for, messages per second
	Actual       float64 // of the last seconds
	Sent, Failed int64
	Until        time.Time // when it stops by itself
}

// Load sends messages at a rate. Its methods may be called concurrently.
type Load interface {
	// Start begins, or changes the rate, between 1 and MaxRate, and the mode, one of Modes.
	Start(mode string, rate int) error
	Stop()
	State() LoadState
	Modes() []string
	MaxRate() int
}

// controlView is the part of the control bar that breaks things.
type controlView struct {
	Token   string
	Groups  []faultGroup
	Active  []faultView
	Load    *LoadState // nil: no load here
	Modes   []string
	MaxRate int
}

type faultGroup struct {
	Title  catalog.Text
	Faults []faultView
}

type faultView struct {
	Fault
	Left  int // seconds
	Token string
}

// Seconds is how long it lasts.
func (f faultView) Seconds() int { return int(f.Lasts.Seconds()) }

// control is nil when there is nothing to break.
func (s *Site) control() *controlView {
	if s.cfg.Faults == nil {
		return nil
	}
	view := &controlView{Token: s.guard.token}
	now := time.Now()
	for _, f := range s.cfg.Faults.Faults() {
		v := faultView{Fault: f, Left: secondsLeft(f.Until, now), Token: view.Token}
		if n := len(view.Groups); n == 0 || view.Groups[n-1].Title != f.Group {
			view.Groups = append(view.Groups, faultGroup{Title: f.Group})
		}
		g := &view.Groups[len(view.Groups)-1]
		g.Faults = append(g.Faults, v)
		if f.Active {
			view.Active = append(view.Active, v)
		}
	}
	if l := s.cfg.Load; l != nil {
		state := l.State()
		view.Load, view.Modes, view.MaxRate = &state, l.Modes(), l.MaxRate()
	}
	return view
}

func secondsLeft(until, now time.Time) int {
	return max(0, int(math.Ceil(until.Sub(now).Seconds())))
}

// Left is how many seconds the load still runs.
func (l *LoadState) Left() int { return secondsLeft(l.Until, time.Now()) }

// under are the faults that were on while a trace was recorded.
func (s *Site) under(sum *tracestore.Summary) []catalog.Text {
	if s.cfg.Faults == nil {
		return nil
	}
	var titles []catalog.Text
	end := sum.Start.Add(sum.Duration)
	for _, p := range s.cfg.Faults.Periods() {
		if end.After(p.From) && (p.To.IsZero() || sum.Start.Before(p.To)) {
			titles = append(titles, p.Title)
		}
	}
	return titles
}

// faults is a page with all of them, their texts and their buttons.
func (s *Site) faults(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Faults == nil {
		s.missing(w, r, "faults.nothing")
		return
	}
	s.faultsPage(w, r, http.StatusOK, "")
}

func (s *Site) faultsPage(w http.ResponseWriter, r *http.Request, status int, problem string) {
	s.page(w, r, status, "faults", struct {
		shell
		Problem string
	}{s.shell(r, "faults.title", "faults"), problem})
}

// controlState is what the page's script asks for again and again.
type controlState struct {
	Active []string   `json:"active"`
	Left   []int      `json:"left"`
	HTML   string     `json:"html"` // of the strip
	Load   *loadState `json:"load"`
	Trace  string     `json:"trace,omitempty"` // of Show
	Error  string     `json:"error,omitempty"`
}

type loadState struct {
	Running bool    `json:"running"`
	Mode    string  `json:"mode"`
	Rate    int     `json:"rate"`
	Actual  float64 `json:"actual"`
	Sent    int64   `json:"sent"`
	Failed  int64   `json:"failed"`
	Left    int     `json:"left"`
}

func (s *Site) controlState(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, s.newControlState(langOf(r)))
}

func (s *Site) newControlState(lang walkthrough.Lang) controlState {
	state := controlState{Active: []string{}, Left: []int{}}
	view := s.control()
	if view == nil {
		return state
	}
	for _, f := range view.Active {
		state.Active, state.Left = append(state.Active, f.ID), append(state.Left, f.Left)
	}
	if l := view.Load; l != nil {
		state.Load = &loadState{l.Running, l.Mode, l.Rate, l.Actual, l.Sent, l.Failed, l.Left()}
	}
	var err error
	if state.HTML, err = s.text(lang, "faults", "faults-strip", view); err != nil {
		s.log.Error("render", zap.Error(err))
	}
	return state
}

// setFault switches a fault. A plain form that switches one on is led to the trace that shows it.
func (s *Site) setFault(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Faults == nil {
		http.Error(w, "there is nothing to break here", http.StatusNotFound)
		return
	}
	id, value := r.PostFormValue("id"), r.PostFormValue("on")
	if value != "true" && value != "false" {
		http.Error(w, "on must be true or false", http.StatusBadRequest)
		return
	}
	err := s.cfg.Faults.Set(r.Context(), id, value == "true")
	switch {
	case errors.Is(err, ErrNoFault):
		http.Error(w, ErrNoFault.Error(), http.StatusBadRequest)
	case err != nil || wantsJSON(r) || value == "false":
		s.answerControl(w, r, "", err)
	default:
		s.showFault(w, r)
	}
}

// showFault leads to a trace that shows a fault.
func (s *Site) showFault(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Faults == nil {
		http.Error(w, "there is nothing to break here", http.StatusNotFound)
		return
	}
	trace, err := s.cfg.Faults.Show(r.Context(), r.PostFormValue("id"))
	if errors.Is(err, ErrNoFault) {
		http.Error(w, ErrNoFault.Error(), http.StatusBadRequest)
		return
	}
	s.answerControl(w, r, trace, err)
}

// clear ends every fault and the load.
func (s *Site) clear(w http.ResponseWriter, r *http.Request) {
	var errs []error
	if s.cfg.Load != nil {
		s.cfg.Load.Stop()
	}
	if s.cfg.Faults != nil {
		for _, f := range s.cfg.Faults.Faults() {
			if f.Active {
				errs = append(errs, s.cfg.Faults.Set(r.Context(), f.ID, false))
			}
		}
	}
	s.answerControl(w, r, "", errors.Join(errs...))
}

// load starts and stops the load; a rate of 0 stops it.
func (s *Site) load(w http.ResponseWriter, r *http.Request) {
	if s.cfg.Load == nil {
		http.Error(w, "there is no load here", http.StatusNotFound)
		return
	}
	var rate int
	if _, err := fmt.Sscan(r.PostFormValue("rate"), &rate); err != nil && r.PostFormValue("stop") == "" {
		http.Error(w, "rate must be a number", http.StatusBadRequest)
		return
	}
	if rate == 0 || r.PostFormValue("stop") != "" {
		s.cfg.Load.Stop()
		s.answerControl(w, r, "", nil)
		return
	}
	if err := s.cfg.Load.Start(r.PostFormValue("mode"), rate); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.answerControl(w, r, "", nil)
}

func wantsJSON(r *http.Request) bool { return r.Header.Get("Accept") == "application/json" }

// answerControl tells a script how things stand, and leads a plain form to a trace or to the page of the faults.
func (s *Site) answerControl(w http.ResponseWriter, r *http.Request, trace string, err error) {
	if wantsJSON(r) {
		state := s.newControlState(langOf(r))
		state.Trace, state.Error = trace, errorText(err)
		w.Header().Set("Cache-Control", "no-store")
		writeJSON(w, state)
		return
	}
	switch {
	case trace != "":
		s.arrival(r, trace)
		redirect(w, r, "/trace/"+url.PathEscape(trace))
	case err != nil:
		s.faultsPage(w, r, http.StatusBadGateway, err.Error())
	default:
		redirect(w, r, "/faults")
	}
}
