package sequence

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/text"
	"github.com/hocsau/hocsau/metrics"
	"github.com/hocsau/hocsau/solvers/train"
)

// predictFlags declares the area's flags of predict.
func predictFlags(f *pflag.FlagSet) {
	f.String("text", "", "text to read instead of files")
}

// given returns the texts that the user gives: --text, the lines of files, of
// the standard input for -. Lines without words are left out.
func given(a *run.App, args []string, f *pflag.FlagSet) ([]string, error) {
	var lines []string
	if f.Changed("text") {
		s, err := f.GetString("text")
		if err != nil {
			return nil, err
		}
		if strings.TrimSpace(s) == "" {
			return nil, run.Usagef("--text: expected words")
		}
		lines = append(lines, s)
	}
	in := text.Reader{Tell: run.Notes(a.Err)}
	for _, path := range args {
		var own []string
		var err error
		if path == "-" {
			err = in.Scan("standard input", io.LimitReader(a.In, text.MaxText), func(line string) error {
				own = append(own, line)
				return nil
			})
			err = errors.Wrap(err, "read the standard input")
		} else {
			own, err = in.ReadLines(path)
		}
		if err != nil {
			return nil, err
		}
		before := len(lines)
		for _, line := range own {
			if strings.TrimSpace(line) != "" {
				lines = append(lines, line)
			}
		}
		if len(lines) == before {
			return nil, errors.Errorf("%s holds no text, expected a line with words", path)
		}
	}
	return lines, nil
}

// mostWords is the longest text that is read at once: its states are in memory
// together.
const mostWords = 20000

// predictLabels says what a model of labels makes of texts, a line each.
func predictLabels(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
	lines, err := given(a, args, f)
	if err != nil {
		return err
	}
	if !r.InFolder() {
		return run.Usagef("%s: its words are in the folder of its run; name the run instead of --weights", r.Settings.Model)
	}
	e, err := describedEncoder(r)
	if err != nil {
		return err
	}
	j, err := newLabelJob(r.Settings, e, sentences{})
	if err != nil {
		return err
	}
	defer j.Close()
	if err := r.Load(j); err != nil {
		return err
	}
	for _, line := range lines {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := j.predictOne(a, line); err != nil {
			return err
		}
	}
	return nil
}

func (j *labelJob) predictOne(a *run.App, line string) error {
	tokens := j.encoder.tokenise(line)
	if len(tokens) == 0 {
		return errors.Errorf("%.40q holds no word", line)
	}
	if len(tokens) > mostWords {
		return errors.Errorf("a text of %s words in one line, expected at most %s", run.Thousands(len(tokens)), run.Thousands(mostWords))
	}
	x := sentence{tokens: tokens, labels: make([]string, 1)}
	if perToken(j.settings.Model) {
		x.labels = make([]string, len(tokens))
	}
	s := j.encoder.encode(x)
	known := 0
	for _, id := range s.Tokens {
		if id != unknownID {
			known++
		}
	}
	e, err := j.task.Evaluate([]train.Sequence{s})
	if err != nil {
		return errors.Wrapf(err, "predict %.40q", line)
	}
	guess, confidence := j.classesOf(e.Guesses[0]), e.Confidence[0]
	note := ""
	if known == 0 {
		note = "  (no word of it was in the training text: take this with care)"
	}
	if !perToken(j.settings.Model) {
		if a.JSON {
			return a.PrintJSON(map[string]any{"text": line, "class": guess[0], "probability": confidence[0], "known_words": known, "words": len(tokens)})
		}
		_, err := fmt.Fprintf(a.Out, "%s: %s %.1f %%%s\n", strings.Join(tokens, " "), guess[0], 100*confidence[0], note)
		return err
	}
	entities := []map[string]any{}
	if j.settings.Model == "ner" {
		for _, found := range metrics.Entities(guess) {
			entities = append(entities, map[string]any{"text": strings.Join(tokens[found.Start:found.End], " "), "type": found.Type, "start": found.Start, "end": found.End})
		}
	}
	if a.JSON {
		out := map[string]any{"text": line, "tokens": tokens, "tags": guess, "probabilities": confidence, "known_words": known}
		if j.settings.Model == "ner" {
			out["entities"] = entities
		}
		return a.PrintJSON(out)
	}
	fmt.Fprintf(a.Out, "%s%s\n", marked(tokens, guess, nil), note)
	for _, found := range entities {
		fmt.Fprintf(a.Out, "  %s: %s\n", found["type"], found["text"])
	}
	return nil
}

// predictText says how surprising a language model finds texts.
func predictText(ctx context.Context, a *run.App, r *run.Run, args []string, f *pflag.FlagSet) error {
	lines, err := given(a, args, f)
	if err != nil {
		return err
	}
	j, err := openWriter(r)
	if err != nil {
		return err
	}
	defer j.Close()
	for _, line := range lines {
		if err := ctx.Err(); err != nil {
			return err
		}
		ids := j.ids(line)
		if len(ids) < 2 {
			return errors.Errorf("%.40q: %d character, expected at least 2", line, len(ids))
		}
		loss, err := j.task.Evaluate(ids)
		if err != nil {
			return errors.Wrapf(err, "predict %.40q", line)
		}
		bits := loss / math.Ln2
		if a.JSON {
			err = a.PrintJSON(map[string]any{"text": line, "bits_per_char": bits, "characters": len(ids)})
		} else {
			_, err = fmt.Fprintf(a.Out, "%s: %.3f bits a character\n", line, bits)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
