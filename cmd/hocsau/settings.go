package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/hocsau/hocsau/solvers"
)

// settings are what a run is made with; they are saved in config.yaml.
type settings struct {
	Model    string            `yaml:"model"`
	Data     string            `yaml:"data"`
	DataDir  string            `yaml:"data_dir,omitempty"`
	Val      float64           `yaml:"val"`
	Epochs   int               `yaml:"epochs"`
	Batch    int               `yaml:"batch"`
	DropLast bool              `yaml:"drop_last"`
	Solver   string            `yaml:"solver"`
	LR       float64           `yaml:"lr"`
	Seed     uint64            `yaml:"seed"`
	Set      map[string]string `yaml:"set,omitempty"`
	Version  string            `yaml:"version"`
}

// defaults are the settings that a model is trained with where nothing else is
// said.
func defaults(name string, m model) settings {
	return settings{
		Model: name, Data: m.data[0], Val: 0.05, Epochs: m.epochs, Batch: m.batch,
		Solver: m.solver, LR: m.rate, Seed: 1, Set: maps.Clone(m.set), Version: version(),
	}
}

// flags declares the settings as flags of c.
func (s *settings) flags(c *cobra.Command) {
	s.stepFlags(c)
	f := c.Flags()
	f.Float64Var(&s.Val, "val", 0.05, "share of the training part to validate on, where the set has no part for it")
	f.IntVar(&s.Epochs, "epochs", 0, "passes over the training part (default: the model's)")
	f.BoolVar(&s.DropLast, "drop-last", false, "leave out a last batch that is not full")
	f.StringToStringVar(&s.Set, "set", nil, "further settings, key=value: "+strings.Join(setKeys(), ", "))
}

// stepFlags declares the settings that one step of training has.
func (s *settings) stepFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.Data, "data", "", "data set (default: the model's first)")
	f.StringVar(&s.DataDir, "data-dir", "", "folder that data sets lie in, or the set's own")
	f.IntVar(&s.Batch, "batch", 0, "examples a step (default: the model's)")
	f.StringVar(&s.Solver, "solver", "", "solver: "+strings.Join(solvers.Names(), ", ")+" (default: the model's)")
	f.Float64Var(&s.LR, "lr", 0, "learning rate (default: the model's, or the customary one of --solver)")
	f.Uint64Var(&s.Seed, "seed", 1, "decides every random number")
}

// overlay gives s the values of the flags that the user set.
func (s *settings) overlay(given settings, c *cobra.Command) {
	f, was := c.Flags(), s.Solver
	for name, take := range map[string]func(){
		"data":      func() { s.Data = given.Data },
		"data-dir":  func() { s.DataDir = given.DataDir },
		"val":       func() { s.Val = given.Val },
		"epochs":    func() { s.Epochs = given.Epochs },
		"batch":     func() { s.Batch = given.Batch },
		"drop-last": func() { s.DropLast = given.DropLast },
		"solver":    func() { s.Solver = given.Solver },
		"lr":        func() { s.LR = given.LR },
		"seed":      func() { s.Seed = given.Seed },
	} {
		if f.Changed(name) {
			take()
		}
	}
	if f.Changed("solver") && !f.Changed("lr") && s.Solver != was {
		s.LR = customaryRate(s.Solver)
	}
	if len(given.Set) > 0 {
		s.Set = maps.Clone(s.Set)
		if s.Set == nil {
			s.Set = map[string]string{}
		}
		maps.Copy(s.Set, given.Set)
	}
}

// customaryRate returns the learning rate that goes with a solver, 0 for one
// that is not known.
func customaryRate(solver string) float64 {
	s, err := solvers.New(solver, 0)
	if err != nil {
		return 0
	}
	return s.LearnRate()
}

// parseSettings reads settings from YAML over those given.
func parseSettings(b []byte, over settings) (settings, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(b, &root); err != nil {
		return over, err
	}
	if len(root.Content) == 0 {
		return over, errors.New("the file is empty, expected settings such as epochs: 10")
	}
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		return over, errors.Errorf("line %d: expected settings such as epochs: 10", top.Line)
	}
	given := map[string]bool{}
	for i := 0; i < len(top.Content); i += 2 {
		key := top.Content[i]
		if !slices.Contains(settingNames(), key.Value) {
			return over, errors.Errorf("line %d: %v", key.Line, unknown("setting", key.Value, settingNames()))
		}
		given[key.Value] = true
	}
	s := over
	if err := top.Decode(&s); err != nil {
		return over, errors.New(strings.NewReplacer("yaml: unmarshal errors:\n  ", "", "!!str ", "", "!!float ", "", "!!int ", "", "!!seq", "a list", "!!map", "a map").Replace(err.Error()))
	}
	if s.Solver != over.Solver && !given["lr"] {
		s.LR = customaryRate(s.Solver)
	}
	return s, nil
}

// settingNames returns the names of the settings in a file.
func settingNames() []string {
	t := reflect.TypeFor[settings]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = settingName(t.Field(i))
	}
	return names
}

func settingName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

func readSettings(path string, over settings) (settings, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return over, usageError{errors.Wrap(err, "--config")}
	}
	s, err := parseSettings(b, over)
	if err != nil {
		return s, usageError{errors.Wrapf(err, "--config %s", path)}
	}
	return s, nil
}

func (s settings) yaml() ([]byte, error) { return yaml.Marshal(s) }

// check returns an error for settings that cannot be trained with.
func (s settings) check(m model) error {
	switch {
	case !slices.Contains(m.data, s.Data):
		return unknown("data set for "+s.Model, s.Data, m.data)
	case s.Epochs < 1:
		return usagef("--epochs %d: expected at least 1", s.Epochs)
	case s.Batch < 1:
		return usagef("--batch %d: expected at least 1", s.Batch)
	case !slices.Contains(solvers.Names(), s.Solver):
		return unknown("solver", s.Solver, solvers.Names())
	case !(s.LR > 0) || math.IsInf(s.LR, 0):
		return usagef("--lr %g: expected a positive number", s.LR)
	case !(s.Val >= 0 && s.Val < 1):
		return usagef("--val %g: expected a share in [0, 1)", s.Val)
	}
	_, err := s.extras()
	return err
}

// differences says in which settings that decide the result s and o differ.
// Threads decide the last bits only; a run that goes on with others is warned.
func (s settings) differences(o settings) []string {
	var list []string
	differ := func(name string, was, now any) {
		if fmt.Sprint(was) != fmt.Sprint(now) {
			list = append(list, fmt.Sprintf("%s: the run has %v, now %v", name, was, now))
		}
	}
	a, b := reflect.ValueOf(s), reflect.ValueOf(o)
	for i := range a.NumField() {
		switch name := settingName(a.Type().Field(i)); name {
		case "version", "data_dir", "set":
		default:
			differ(name, a.Field(i).Interface(), b.Field(i).Interface())
		}
	}
	for _, k := range setKeys() {
		if k != "threads" && k != "save_every" {
			differ("set "+k, orElse(s.Set[k], "none"), orElse(o.Set[k], "none"))
		}
	}
	return list
}

// extras are the settings of --set.
type extras struct {
	threads     int
	clip        float64
	saveEvery   time.Duration
	weightDecay float64
	schedule    string
	augment     []string
}

func setKeys() []string {
	return []string{"augment", "clip", "save_every", "schedule", "threads", "weight_decay"}
}

// The choices of --set schedule and, joined by +, of --set augment.
func schedules() []string     { return []string{"constant", "cosine", "onecycle"} }
func augmentations() []string { return []string{"none", "crop", "flip"} }

func (s settings) extras() (extras, error) {
	var e extras
	for k, v := range s.Set {
		var err error
		switch k {
		case "threads":
			e.threads, err = strconv.Atoi(v)
			if err == nil && e.threads < 1 {
				err = errors.New("expected at least 1")
			}
		case "clip":
			e.clip, err = strconv.ParseFloat(v, 64)
			if err == nil && (!(e.clip > 0) || math.IsInf(e.clip, 0)) {
				err = errors.New("expected a positive number")
			}
		case "weight_decay":
			e.weightDecay, err = strconv.ParseFloat(v, 64)
			if err == nil && (!(e.weightDecay >= 0) || math.IsInf(e.weightDecay, 0)) {
				err = errors.New("expected a number from 0 on")
			}
		case "schedule":
			if e.schedule = v; !slices.Contains(schedules(), v) {
				return e, unknown("schedule", v, schedules())
			}
		case "augment":
			e.augment = strings.Split(v, "+")
			for _, name := range e.augment {
				if !slices.Contains(augmentations(), name) {
					return e, unknown("augmentation", name, augmentations())
				}
			}
		case "save_every":
			e.saveEvery, err = time.ParseDuration(v)
			if err == nil && e.saveEvery <= 0 {
				err = errors.New("expected a positive duration, such as 30s")
			}
		default:
			return e, unknown("setting", k, setKeys())
		}
		if err != nil {
			return e, usagef("--set %s=%s: %v", k, v, err)
		}
	}
	return e, nil
}
