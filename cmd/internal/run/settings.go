package run

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/hocsau/hocsau/internal/regular"
	"github.com/hocsau/hocsau/solvers"
)

// Settings are what a run is made with; they are saved in config.yaml.
type Settings struct {
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

// defaults are the settings that a model is trained with on a set where nothing
// else is said.
func defaults(name string, m Model, data string) Settings {
	r := m.RecipeFor(data)
	return Settings{
		Model: name, Data: data, Val: 0.05, Epochs: r.Epochs, Batch: r.Batch,
		Solver: r.Solver, LR: r.Rate, Seed: 1, Set: r.Set, Version: Version(),
	}
}

// flags declares the settings as flags of c.
func (s *Settings) flags(c *cobra.Command) {
	s.StepFlags(c)
	f := c.Flags()
	f.Float64Var(&s.Val, "val", 0.05, "share of the training part to validate on, where the set has no part for it")
	f.IntVar(&s.Epochs, "epochs", 0, "passes over the training part (default: the model's)")
	f.BoolVar(&s.DropLast, "drop-last", false, "leave out a last batch that is not full")
	f.StringToStringVar(&s.Set, "set", nil, "further settings, key=value: "+"models MODEL lists them")
}

// StepFlags declares the settings that one step of training has.
func (s *Settings) StepFlags(c *cobra.Command) {
	s.DataFlags(c)
	f := c.Flags()
	f.IntVar(&s.Batch, "batch", 0, "examples a step (default: the model's)")
	f.StringVar(&s.Solver, "solver", "", "solver: "+strings.Join(solvers.Names(), ", ")+" (default: the model's)")
	f.Float64Var(&s.LR, "lr", 0, "learning rate (default: the model's, or the customary one of --solver)")
}

// DataFlags declares the settings that decide the data.
func (s *Settings) DataFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.Data, "data", "", "data set (default: the model's first)")
	f.StringVar(&s.DataDir, "data-dir", "", "folder that data sets lie in, or the set's own")
	f.Uint64Var(&s.Seed, "seed", 1, "decides every random number")
}

// overlay gives s the values of the flags that the user set.
func (s *Settings) overlay(given Settings, c *cobra.Command) {
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

// Settings returns the settings of a model with the flags of c over them.
func (a *App) Settings(name string, given Settings, c *cobra.Command) (Settings, error) {
	m, err := a.Model(name)
	if err != nil {
		return Settings{}, err
	}
	data, err := a.dataFor(m, given, c, m.Data[0])
	if err != nil {
		return Settings{}, err
	}
	s := defaults(name, m, data) // its recipe counts
	s.overlay(given, c)
	if m.Tune != nil {
		m.Tune(&s, given, c.Flags().Changed)
	}
	return s, s.check(m)
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

// longestSettings is the most bytes of a file of settings.
const longestSettings = 1 << 20

// fewSettings returns an error for more than settings have: reading YAML takes the
// square of the keys of a map, and of how deep it goes.
func fewSettings(b []byte) error {
	if len(b) > longestSettings {
		return errors.Errorf("%d bytes, expected at most %d", len(b), longestSettings)
	}
	for _, m := range []struct {
		mark string
		most int
	}{{":", 4000}, {"-", 4000}, {"[", 100}, {"{", 100}, {"?", 100}, {"&", 100}, {"*", 100}, {"!", 100}} {
		if n := bytes.Count(b, []byte(m.mark)); n > m.most {
			return errors.Errorf("%d of %q, expected at most %d in settings", n, m.mark, m.most)
		}
	}
	return nil
}

// parseSettings reads settings from YAML over those given.
func parseSettings(b []byte, over Settings) (Settings, error) {
	if err := fewSettings(b); err != nil {
		return over, err
	}
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
			return over, errors.Errorf("line %d: %v", key.Line, Unknown("setting", key.Value, settingNames()))
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

// savedSettings reads the settings of a run: those of --set are all in the file,
// and no recipe of today adds to them.
func savedSettings(b []byte, name string, m Model, data string) (Settings, error) {
	d := defaults(name, m, data)
	d.Set = nil
	return parseSettings(b, d)
}

// settingNames returns the names of the settings in a file.
func settingNames() []string {
	t := reflect.TypeFor[Settings]()
	names := make([]string, t.NumField())
	for i := range names {
		names[i] = settingName(t.Field(i))
	}
	return names
}

// union has the keys of both.
func union(a, b map[string]string) map[string]string {
	u := maps.Clone(a)
	if u == nil {
		u = map[string]string{}
	}
	maps.Copy(u, b)
	return u
}

func settingName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name
}

func readSettings(path string, over Settings) (Settings, error) {
	b, err := regular.ReadFile(path, longestSettings)
	if err != nil {
		return over, UsageError{errors.Wrap(err, "--config")}
	}
	s, err := parseSettings(b, over)
	if err != nil {
		return s, UsageError{errors.Wrapf(err, "--config %s", path)}
	}
	return s, nil
}

func (s Settings) yaml() ([]byte, error) { return yaml.Marshal(s) }

// mostEpochs is more than anybody trains; times the steps of an epoch it is still
// a number.
const mostEpochs = 1_000_000_000

// check returns an error for settings that cannot be trained with.
func (s Settings) check(m Model) error {
	switch {
	case !slices.Contains(m.Data, s.Data):
		if _, err := os.Stat(s.Data); err == nil {
			return Usagef("data set for %s: %s is a place, not a name; expected one of %s, for data of your own with --data-dir %s", s.Model, s.Data, strings.Join(m.Data, ", "), s.Data)
		}
		return Unknown("data set for "+s.Model, s.Data, m.Data)
	case s.Epochs < 1:
		return Usagef("--epochs %d: expected at least 1", s.Epochs)
	case s.Epochs > mostEpochs:
		return Usagef("--epochs %d: expected at most %d", s.Epochs, mostEpochs)
	case s.Batch < 1:
		return Usagef("--batch %d: expected at least 1", s.Batch)
	case !slices.Contains(solvers.Names(), s.Solver):
		return Unknown("solver", s.Solver, solvers.Names())
	case !(s.LR > 0) || math.IsInf(s.LR, 0):
		return Usagef("--lr %g: expected a positive number", s.LR)
	case !(s.Val >= 0 && s.Val < 1):
		return Usagef("--val %g: expected a share in [0, 1)", s.Val)
	}
	if _, err := s.common(m); err != nil {
		return err
	}
	if m.Check != nil {
		return m.Check(s)
	}
	return nil
}

// Differences says in which settings that decide the result s and o differ.
// Threads decide the last bits only; a run that goes on with others is warned.
func (s Settings) Differences(o Settings) []string {
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
	for _, k := range slices.Sorted(maps.Keys(union(s.Set, o.Set))) {
		if k != "threads" && k != "save_every" {
			differ("set "+k, OrElse(s.Set[k], "none"), OrElse(o.Set[k], "none"))
		}
	}
	return list
}

// setFlags declares the flags of train that stand for keys of --set.
func (a *App) setFlags(c *cobra.Command, set map[string]string) {
	for _, area := range a.Areas {
		for _, f := range area.TrainFlags {
			c.Flags().Func(f.Name, f.Usage, func(value string) error {
				set[f.Key] = value
				return nil
			})
		}
	}
}
