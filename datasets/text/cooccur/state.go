package cooccur

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/internal/atomicfile"
)

// Files of a Counter in its folder.
const (
	stateName  = "counting.json"
	runPrefix  = "run-"
	matrixName = "counts"
)

// runInfo is a run as its state knows it.
type runInfo struct {
	Name    string `json:"name"`
	Entries int64  `json:"entries"`
	Bytes   int64  `json:"bytes"`
}

// state is what a Counter needs to go on: the runs on disk are those of the first Sentences sentences.
type state struct {
	Version   int            `json:"version"`
	Words     int            `json:"words"`
	Window    int            `json:"window"`
	Weighting text.Weighting `json:"weighting"`
	Source    string         `json:"source"`
	Sentences int64          `json:"sentences"`
	Tokens    int64          `json:"tokens"`
	Runs      []runInfo      `json:"runs"`
	Number    int            `json:"number"` // of the last run
	Done      bool           `json:"done"`   // all is in the matrix

	pending []runInfo // runs beyond Sentences
}

// openState reads the state in dir; where there is none, or that of other counts, it is a new one. Files that the
// state does not know are removed.
func openState(dir string, o Options) (state, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return state{}, errors.WithStack(err)
	}
	fresh := state{Version: 1, Words: o.Words, Window: o.Window, Weighting: o.Weighting, Source: o.Source}
	s, err := readState(filepath.Join(dir, stateName))
	if err != nil {
		return s, err
	}
	if !s.continues(fresh) || !s.whole(dir) {
		s = fresh
		if err := removeFile(filepath.Join(dir, stateName)); err != nil {
			return s, err
		}
		if err := removeFile(filepath.Join(dir, matrixName)); err != nil {
			return s, err
		}
	}
	return s, s.sweep(dir)
}

// readState returns the state of a file, an empty one where the file is none: then counting begins anew.
func readState(path string) (state, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, errors.WithStack(err)
	}
	var s state
	if json.Unmarshal(b, &s) != nil {
		return state{}, nil
	}
	return s, nil
}

func (s *state) continues(o state) bool {
	return s.Version == o.Version && s.Words == o.Words && s.Window == o.Window && s.Weighting == o.Weighting && s.Source == o.Source
}

// whole tells that all files of the state are there with their sizes.
func (s *state) whole(dir string) bool {
	for _, r := range s.Runs {
		info, err := os.Stat(filepath.Join(dir, r.Name))
		if err != nil || info.Size() != r.Bytes || filepath.Base(r.Name) != r.Name {
			return false
		}
	}
	return true
}

// sweep removes runs that the state does not know.
func (s *state) sweep(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return errors.WithStack(err)
	}
	for _, e := range entries {
		known := slices.ContainsFunc(s.Runs, func(r runInfo) bool { return r.Name == e.Name() })
		if !known && strings.HasPrefix(e.Name(), runPrefix) {
			if err := removeFile(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.WithStack(err)
	}
	return nil
}

// next returns the name of a new run.
func (s *state) next() string {
	s.Number++
	return fmt.Sprintf("%s%06d", runPrefix, s.Number)
}

// commit makes the pending runs those of the first sentences.
func (s *state) commit(sentences, tokens int64) {
	s.Runs = append(s.Runs, s.pending...)
	s.pending = nil
	s.Sentences, s.Tokens = sentences, tokens
}

func (s *state) save(dir string) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return errors.WithStack(err)
	}
	return atomicfile.WriteBytes(filepath.Join(dir, stateName), b)
}
