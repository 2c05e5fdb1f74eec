package sequence

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/spf13/pflag"

	"github.com/hocsau/hocsau/cmd/internal/run"
	"github.com/hocsau/hocsau/datasets/abc"
	"github.com/hocsau/hocsau/zoo/decode"
)

// What generate does where the user says nothing else.
const (
	usualTemperature = 0.8
	tuneTemperature  = 0.6 // one wrong sign spoils a tune
	tuneTopP         = 0.9
	textLength       = 500  // characters of a text
	tuneLength       = 2000 // the most characters of a tune
	sampleLength     = 300  // characters shown after training
)

// generateFlags declares the area's flags of generate.
func generateFlags(f *pflag.FlagSet) {
	f.String("text", "", "what the text begins with")
	f.String("key", "", "key of the tune, such as G or Am (music)")
	f.Int("length", 0, fmt.Sprintf("characters to write (default %d; a tune ends by itself, at %d at the latest)", textLength, tuneLength))
	f.Float64("temperature", 0, fmt.Sprintf("below 1: likely characters become likelier (default %g, music %g)", usualTemperature, tuneTemperature))
	f.Int("top-k", 0, "draw from the K likeliest characters only; 0 from all")
	f.Float64("top-p", 0, fmt.Sprintf("draw from the likeliest characters that have this probability together; 0 from all (music: %g)", tuneTopP))
	f.Uint64("seed", 1, "decides what is drawn")
	f.Int("count", 1, "how many texts or tunes")
	f.String("out", "", "file to write to; beside tunes (.abc) their MIDI files")
}

// sampleOptions say how a text is drawn.
type sampleOptions struct {
	length      int
	temperature float64
	topK        int
	topP        float64
	seed        uint64
	tune        bool // it ends at an empty line
}

func readSampleOptions(f *pflag.FlagSet, tune bool) (o sampleOptions, count int, err error) {
	o.tune = tune
	if o.length, err = f.GetInt("length"); err != nil {
		return o, 0, err
	}
	if o.temperature, err = f.GetFloat64("temperature"); err != nil {
		return o, 0, err
	}
	if o.topK, err = f.GetInt("top-k"); err != nil {
		return o, 0, err
	}
	if o.topP, err = f.GetFloat64("top-p"); err != nil {
		return o, 0, err
	}
	if !f.Changed("temperature") {
		if o.temperature = usualTemperature; tune {
			o.temperature = tuneTemperature
		}
	}
	if tune && !f.Changed("top-p") {
		o.topP = tuneTopP
	}
	if o.seed, err = f.GetUint64("seed"); err != nil {
		return o, 0, err
	}
	if count, err = f.GetInt("count"); err != nil {
		return o, 0, err
	}
	switch {
	case o.length < 0:
		err = run.Usagef("--length %d: expected at least 1", o.length)
	case !(o.temperature > 0 && o.temperature <= 100):
		err = run.Usagef("--temperature %g: expected a number above 0", o.temperature)
	case o.topK < 0:
		err = run.Usagef("--top-k %d: expected 0 or more", o.topK)
	case !(o.topP >= 0 && o.topP <= 1):
		err = run.Usagef("--top-p %g: expected a probability", o.topP)
	case count < 1:
		err = run.Usagef("--count %d: expected at least 1", count)
	}
	if o.length == 0 {
		if o.length = textLength; tune {
			o.length = tuneLength
		}
	}
	return o, count, err
}

// start returns what a text begins with where the user says nothing: a new line,
// or the head of a tune as the training text has it.
func start(s run.Settings, key string) string {
	switch {
	case s.Model != "music":
		return "\n"
	case s.Data == "nottingham" && key != "":
		return "\n\n\nX: 1\nT:A Tune in " + key + "\n% Nottingham Music Database\nS:Trad\nM:4/4\nK:" + key + "\n"
	case s.Data == "nottingham":
		return "\n\n\nX: 1\nT:"
	case key != "":
		return "\n\nX:1\nT:Tune\nM:4/4\nL:1/8\nK:" + key + "\n"
	}
	return "\n\nX:1\nT:"
}

// generate lets the model of a run write.
func generate(ctx context.Context, a *run.App, r *run.Run, f *pflag.FlagSet) error {
	music := r.Settings.Model == "music"
	o, count, err := readSampleOptions(f, music)
	if err != nil {
		return err
	}
	begin, err := f.GetString("text")
	if err != nil {
		return err
	}
	key, err := f.GetString("key")
	if err != nil {
		return err
	}
	out, err := f.GetString("out")
	if err != nil {
		return err
	}
	switch {
	case key != "" && !music:
		return run.Usagef("--key: has no meaning for %s", r.Settings.Model)
	case key != "" && begin != "":
		return run.Usagef("--key and --text: expected one of them")
	case begin == "":
		begin = start(r.Settings, key)
	}
	j, err := openWriter(r)
	if err != nil {
		return err
	}
	defer j.Close()
	var all []string
	for i := range count {
		own := o
		own.seed += uint64(i) << 32
		s, err := j.write(ctx, begin, own)
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	if music {
		return playTunes(a, all, out)
	}
	for _, s := range all {
		if a.JSON {
			err = a.PrintJSON(map[string]any{"text": s})
		} else if out == "" {
			_, err = fmt.Fprintln(a.Out, s)
		}
		if err != nil {
			return err
		}
	}
	if out == "" {
		return nil
	}
	return writeFile(a, out, []byte(strings.Join(all, "\n\n")+"\n"))
}

func writeFile(a *run.App, path string, b []byte) error {
	if err := os.WriteFile(path, b, 0o666); err != nil {
		return errors.Wrap(err, "generate")
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "written: %s\n", path)
	}
	return nil
}

// write returns a text that begins with begin, without white space at its ends.
func (j *writerJob) write(ctx context.Context, begin string, o sampleOptions) (string, error) {
	ids := j.ids(begin)
	c, err := j.task.Continue(ids)
	if err != nil {
		return "", err
	}
	pick := decode.SampleOptions{Temperature: o.temperature, TopK: o.topK, TopP: o.topP}
	random := rand.New(rand.NewPCG(o.seed, 0x7e47))
	logp := make([]float64, c.Words())
	last, written, ended := ids[len(ids)-1], begin, false
	for t := range o.length {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		row := decode.Row{Parent: 0, Word: last}
		if t == 0 {
			row.Parent = -1
		}
		if err := c.Step(t, []decode.Row{row}, logp); err != nil {
			return "", errors.Wrap(err, "generate")
		}
		logp[0] = math.Inf(-1) // the unknown character
		if last, err = decode.Pick(logp, pick, random.Float64()); err != nil {
			return "", errors.Wrap(err, "generate")
		}
		written += j.characters.Token(last)
		if body := strings.TrimLeft(written, "\n"); o.tune && strings.HasSuffix(body, "\n\n") && strings.Contains(body, "K:") {
			ended = true
			break
		}
	}
	if end := strings.LastIndexByte(written, '\n'); o.tune && !ended && end > len(begin) {
		written = written[:end] // what the longest length left of a line goes
	}
	return strings.TrimSpace(written), nil
}

// playTunes prints tunes, or writes them to a file with a MIDI file beside it
// each.
func playTunes(a *run.App, tunes []string, out string) error {
	valid := 0
	for i, s := range tunes {
		t, bad := abc.Parse(s)
		if bad == nil {
			valid++
		}
		if a.JSON {
			line := map[string]any{"abc": s, "valid": bad == nil}
			if bad == nil {
				line["key"], line["full_bars"] = t.Key, t.Full()
			} else {
				line["error"] = bad.Error()
			}
			if err := a.PrintJSON(line); err != nil {
				return err
			}
		} else if out == "" {
			fmt.Fprintf(a.Out, "%s\n\n", s)
		}
		if bad != nil {
			fmt.Fprintf(a.Err, "hocsau: tune %d: %s\n", i+1, run.OneLine(bad.Error()))
			continue
		}
		if out == "" {
			continue
		}
		var b bytes.Buffer
		if err := t.WriteMIDI(&b); err != nil {
			return err
		}
		name := strings.TrimSuffix(out, filepath.Ext(out))
		if len(tunes) > 1 {
			name += fmt.Sprintf("-%d", i+1)
		}
		if err := writeFile(a, name+".mid", b.Bytes()); err != nil {
			return err
		}
	}
	if out != "" && filepath.Ext(out) != ".mid" {
		if err := writeFile(a, out, []byte(strings.Join(tunes, "\n\n\n")+"\n")); err != nil {
			return err
		}
	}
	if !a.JSON {
		fmt.Fprintf(a.Out, "%d of %d tunes parse as ABC\n", valid, len(tunes))
	}
	if valid == 0 {
		return errors.Errorf("generate: none of %d tunes parses as ABC; a smaller --temperature may help, or more training", len(tunes))
	}
	return nil
}
