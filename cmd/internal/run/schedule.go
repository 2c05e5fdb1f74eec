package run

import (
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/solvers"
)

// schedules are the choices of --set schedule.
func schedules() []string {
	return []string{
		"constant", "cosine", "exponential", "inversetime", "linear", "multistep", "onecycle", "plateau", "polynomial",
		"restarts", "step", "trapezoid", "warmup", "warmupcosine",
	}
}

// schedule is a choice of how the learning rate changes, in epochs.
type schedule struct {
	name   string
	every  int
	factor float64
	power  float64
	at     []int
}

// schedule reads the settings of the schedule, with what is usual for it where
// they are missing.
func (s Settings) schedule() (schedule, error) {
	c := schedule{}
	var err error
	if c.name, err = s.OneOf("schedule", "constant", schedules()...); err != nil {
		return c, err
	}
	every, factor := map[string]int{"step": max(1, s.Epochs/3), "restarts": max(1, s.Epochs/3), "warmup": 1, "warmupcosine": 1, "plateau": 10},
		map[string]float64{"step": 0.1, "multistep": 0.1, "plateau": 0.1, "exponential": 0.95, "restarts": 1, "inversetime": 1}
	needs := map[string]bool{}
	if _, ok := every[c.name]; ok {
		needs["schedule_every"] = true
	}
	if _, ok := factor[c.name]; ok {
		needs["schedule_factor"] = true
	}
	needs["schedule_at"], needs["schedule_power"] = c.name == "multistep", c.name == "polynomial"
	for _, k := range []string{"schedule_every", "schedule_factor", "schedule_at", "schedule_power"} {
		if _, given := s.Set[k]; given && !needs[k] {
			return c, s.refuse(k, errors.Errorf("has no meaning for schedule %s", c.name))
		}
	}
	if c.every, err = s.Int("schedule_every", every[c.name], 1); err != nil {
		return c, err
	}
	if c.every > mostEpochs {
		return c, s.refuse("schedule_every", errors.Errorf("expected at most %d", mostEpochs))
	}
	if c.factor, err = s.Float("schedule_factor", factor[c.name], 0); err != nil {
		return c, err
	}
	if c.power, err = s.Float("schedule_power", 2, 0); err != nil {
		return c, err
	}
	if c.name != "multistep" {
		return c, nil
	}
	for _, part := range strings.Split(s.Text("schedule_at", strconv.Itoa(max(1, s.Epochs/2))), "+") {
		epoch, err := strconv.Atoi(part)
		if err != nil || epoch < 1 || epoch > mostEpochs {
			return c, s.refuse("schedule_at", errors.Errorf("%q, expected epochs from 1 to %d, such as 10+15", part, mostEpochs))
		}
		c.at = append(c.at, epoch)
	}
	return c, nil
}

// followsEpochs reports whether the learning rate of a step depends on the number
// of epochs.
func (s Settings) followsEpochs() bool {
	_, every := s.Set["schedule_every"]
	_, at := s.Set["schedule_at"]
	switch s.Text("schedule", "") {
	case "cosine", "linear", "onecycle", "polynomial", "trapezoid", "warmupcosine":
		return true
	case "step", "restarts":
		return !every
	case "multistep":
		return !at
	}
	return false
}

// plateau returns the schedule that goes by validation; nil for others.
func (c schedule) plateau(rate float64) *solvers.Plateau {
	if c.name != "plateau" {
		return nil
	}
	p := solvers.NewPlateau(rate)
	p.Patience, p.Factor = c.every, c.factor
	return p
}

// rates returns the learning rate of each step of so many epochs; nil for a
// constant one. The rate is the highest.
func (c schedule) rates(rate float64, epochs, perEpoch int) solvers.Schedule {
	steps, every := epochs*perEpoch, c.every*perEpoch
	switch c.name {
	case "cosine":
		return solvers.CosineDecay{Start: rate, Steps: steps}
	case "exponential":
		return solvers.StepDecay{Start: rate, Every: perEpoch, Gamma: c.factor}
	case "inversetime":
		return solvers.InverseTimeDecay{Start: rate, Decay: c.factor / float64(perEpoch)}
	case "linear":
		return solvers.PolynomialDecay{Start: rate, Steps: steps, Power: 1}
	case "multistep":
		s := solvers.MultiStepDecay{Start: rate, Gamma: c.factor}
		for _, epoch := range c.at {
			s.Milestones = append(s.Milestones, epoch*perEpoch)
		}
		return s
	case "onecycle":
		return solvers.NewOneCycle(rate, steps)
	case "polynomial":
		return solvers.PolynomialDecay{Start: rate, Steps: steps, Power: c.power}
	case "restarts":
		return solvers.WarmRestarts{Start: rate, First: every, Factor: max(1, int(c.factor))}
	case "step":
		return solvers.StepDecay{Start: rate, Every: every, Gamma: c.factor}
	case "trapezoid":
		return solvers.Trapezoid{Peak: rate, Warmup: min(200, steps/10), Steps: steps, Least: 0.02}
	case "warmup":
		return solvers.LinearWarmup{Peak: rate, Warmup: every}
	case "warmupcosine":
		return solvers.WarmupCosine{Peak: rate, Warmup: every, Steps: steps}
	}
	return nil
}
