package catalog

import (
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pkg/errors"
)

// Setting is a value that a user may set by its name. It is bound to a variable,
// whose value is the usual one until Set changes it.
type Setting struct {
	Name    string
	About   string   // what it means, in a few words
	Type    string   // such as "whole number from 1 on"
	Choices []string // all that it may be, where these are few
	get     func() string
	set     func(string) error
}

// Form are the settings that a network or its training has.
type Form []Setting

// Int is a whole number of at least least.
func Int(name string, to *int, least int, about string) Setting {
	return Setting{
		Name: name, About: about, Type: "whole number from " + strconv.Itoa(least) + " on",
		get: func() string { return strconv.Itoa(*to) },
		set: func(v string) error {
			n, err := strconv.Atoi(v)
			if err != nil {
				return errors.New("expected a whole number")
			}
			if n < least {
				return errors.Errorf("expected at least %d", least)
			}
			*to = n
			return nil
		},
	}
}

// Float is a number from least on and below limit, which may be +Inf.
func Float(name string, to *float64, least, limit float64, about string) Setting {
	kind := "number from " + number(least) + " on"
	if !math.IsInf(limit, 1) {
		kind = "number from " + number(least) + " to below " + number(limit)
	}
	return Setting{
		Name: name, About: about, Type: kind,
		get: func() string { return number(*to) },
		set: func(v string) error {
			x, err := strconv.ParseFloat(v, 64)
			if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || x < least || x >= limit {
				return errors.Errorf("expected a %s", kind)
			}
			*to = x
			return nil
		},
	}
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Bool is true or false.
func Bool(name string, to *bool, about string) Setting {
	return Setting{
		Name: name, About: about, Type: "true or false", Choices: []string{"true", "false"},
		get: func() string { return strconv.FormatBool(*to) },
		set: func(v string) error {
			b, err := strconv.ParseBool(v)
			if err != nil {
				return errors.New("expected true or false")
			}
			*to = b
			return nil
		},
	}
}

// Choice is one of some words.
func Choice(name string, to *string, choices []string, about string) Setting {
	return Setting{
		Name: name, About: about, Type: "one of " + strings.Join(choices, ", "), Choices: choices,
		get: func() string { return *to },
		set: func(v string) error {
			if !slices.Contains(choices, v) {
				return errors.Errorf("expected one of %s", strings.Join(choices, ", "))
			}
			*to = v
			return nil
		},
	}
}

// Text is any text that check, which may be nil, takes.
func Text(name string, to *string, check func(string) error, about string) Setting {
	return Setting{
		Name: name, About: about, Type: "text",
		get: func() string { return *to },
		set: func(v string) error {
			if check != nil {
				if err := check(v); err != nil {
					return err
				}
			}
			*to = v
			return nil
		},
	}
}

// Names returns the names of the settings.
func (f Form) Names() []string {
	names := make([]string, len(f))
	for i, s := range f {
		names[i] = s.Name
	}
	return names
}

// Has reports whether there is a setting of that name.
func (f Form) Has(name string) bool { return slices.Contains(f.Names(), name) }

// Set gives the settings the values that are there for them and returns the
// names that are of none of them, sorted. An error names the setting, its value
// and what was expected.
func (f Form) Set(values map[string]string) (unknown []string, err error) {
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		i := slices.IndexFunc(f, func(s Setting) bool { return s.Name == name })
		if i < 0 {
			unknown = append(unknown, name)
			continue
		}
		if err := f[i].set(values[name]); err != nil {
			return nil, errors.Errorf("%s=%s: %v", name, values[name], err)
		}
	}
	return unknown, nil
}

// Values returns every setting as it is, also where it has its usual value.
func (f Form) Values() map[string]string {
	values := make(map[string]string, len(f))
	for _, s := range f {
		values[s.Name] = s.get()
	}
	return values
}

// Usage says for each setting what it means, its type and its usual value.
func (f Form) Usage() map[string]string {
	usage := make(map[string]string, len(f))
	for _, s := range f {
		usage[s.Name] = s.About + " (" + s.Type + "; default " + quoteEmpty(s.get()) + ")"
	}
	return usage
}

func quoteEmpty(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
