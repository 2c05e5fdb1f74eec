package image

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
)

// pillowAnswer is what testdata/pillow.py says of one file.
type pillowAnswer struct {
	File, Format, Mode string
	Width, Height      int
	Answer             string // a PPM beside answers.json
}

// photoFormats are those of Pillow's names that this package means to read.
func photoFormats() []string {
	return []string{"PNG", "JPEG", "MPO", "GIF", "BMP", "DIB", "TIFF", "WEBP", "PPM", "TGA"}
}

// TestRead_asPillow compares Read with Pillow over a folder of pictures. The folder
// HOCSAU_PILLOW has the pictures in images/ and, in answers/, what
// testdata/pillow.py makes of them.
func TestRead_asPillow(t *testing.T) {
	root := os.Getenv("HOCSAU_PILLOW")
	if root == "" {
		t.Skip("HOCSAU_PILLOW names no folder")
	}
	data, err := os.ReadFile(filepath.Join(root, "answers", "answers.json"))
	if err != nil {
		t.Fatal(err)
	}
	var answers []pillowAnswer
	if err := json.Unmarshal(data, &answers); err != nil {
		t.Fatal(err)
	}
	type tally struct{ all, read, same, close, far int }
	tallies := map[string]*tally{}
	refused := map[string][]string{}
	var far []string
	var means []float64
	total := tally{}
	for _, a := range answers {
		s := tallies[a.Format]
		if s == nil {
			s = &tally{}
			tallies[a.Format] = s
		}
		s.all++
		total.all++
		path := filepath.Join(root, "images", a.File)
		p, err := Read(path, Options{})
		w, h, sizeErr := Size(path, Options{})
		if (err == nil) && (sizeErr != nil || w != p.Width || h != p.Height) {
			t.Errorf("%s: Size gives %d×%d, %v; Read %d×%d", a.File, w, h, sizeErr, p.Width, p.Height)
		}
		if err != nil {
			if slices.Contains(photoFormats(), a.Format) {
				refused[a.Format] = append(refused[a.Format], fmt.Sprintf("%s (%s): %s", a.File, a.Mode, strings.TrimPrefix(err.Error(), "read image "+path+": ")))
			}
			continue
		}
		s.read++
		total.read++
		if a.Width != p.Width || a.Height != p.Height {
			s.far++
			far = append(far, fmt.Sprintf("%s (%s %s): %d×%d, Pillow %d×%d", a.File, a.Format, a.Mode, p.Width, p.Height, a.Width, a.Height))
			continue
		}
		want, err := Read(filepath.Join(root, "answers", a.Answer), Options{})
		if err != nil {
			t.Fatal(err)
		}
		mean, worst := 0.0, 0.0
		for i, v := range p.Pix {
			d := 255 * math.Abs(float64(v-want.Pix[i]))
			mean += d / float64(len(p.Pix))
			worst = max(worst, d)
		}
		means = append(means, mean)
		switch {
		case worst <= 0.51:
			s.same++
		case mean <= 2:
			s.close++
			if mean > 0.5 {
				t.Logf("close: %s (%s %s): mean %.2f, worst %.0f", a.File, a.Format, a.Mode, mean, worst)
			}
		default:
			s.far++
			far = append(far, fmt.Sprintf("%s (%s %s): mean %.2f, worst %.0f", a.File, a.Format, a.Mode, mean, worst))
		}
	}
	names := make([]string, 0, len(tallies))
	for n := range tallies {
		names = append(names, n)
	}
	sort.Strings(names)
	photo := tally{}
	for _, n := range names {
		s := tallies[n]
		t.Logf("%-8s %4d files, read %4d, the same %4d, within 2 levels %4d, farther %d", n, s.all, s.read, s.same, s.close, s.far)
		if slices.Contains(photoFormats(), n) {
			photo.all += s.all
			photo.read += s.read
			photo.far += s.far
		}
	}
	t.Logf("photo formats: %d of %d read, %d far; all: %d of %d", photo.read, photo.all, photo.far, total.read, total.all)
	for f, list := range refused {
		for _, s := range list {
			t.Logf("refused %s: %s", f, s)
		}
	}
	sort.Float64s(means)
	if n := len(means); n > 0 {
		t.Logf("mean difference: median %.3f, 95%% %.3f, largest %.3f", means[n/2], means[n*95/100], means[n-1])
	}
	for _, f := range far {
		t.Errorf("far: %s", f)
	}
}
