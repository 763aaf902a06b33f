package turns

import "github.com/plumemq/plume/test/interop/referee"

// Processes are those of a side that run.
type Processes []*referee.Process

// Pause stops them where they are.
func (ps Processes) Pause() error { return ps.all((*referee.Process).Halt) }

// Resume has them go on.
func (ps Processes) Resume() error { return ps.all((*referee.Process).Proceed) }

// Kill ends them at once.
func (ps Processes) Kill() {
	for _, p := range ps {
		p.Kill()
	}
}

func (ps Processes) all(do func(*referee.Process) error) error {
	for _, p := range ps {
		if err := do(p); err != nil {
			return err
		}
	}
	return nil
}
