package darknet

import (
	"bufio"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"

	"github.com/hocsau/hocsau/internal/regular"
)

// Config is the content of a .cfg file.
type Config struct {
	Channels, Height, Width int // of a picture
	Layers                  []Layer
}

// Layer is a section of a .cfg file behind [net].
type Layer struct {
	Kind string // such as "convolutional"
	Line int    // in the file, from 1
	set  map[string]string
}

// maxConfig is the most bytes that are read of a .cfg file.
const maxConfig = 1 << 20

// ReadConfig reads the .cfg file at path.
func ReadConfig(path string) (*Config, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "read network")
	}
	defer func() { _ = f.Close() }() // only read
	c, err := ParseConfig(io.LimitReader(f, maxConfig))
	return c, errors.Wrapf(err, "read network %s", path)
}

// ParseConfig reads a .cfg file.
func ParseConfig(r io.Reader) (*Config, error) {
	var all []Layer
	scan := bufio.NewScanner(r)
	for n := 1; scan.Scan(); n++ {
		line := strings.TrimSpace(scan.Text())
		switch {
		case line == "" || line[0] == '#' || line[0] == ';':
		case line[0] == '[':
			if !strings.HasSuffix(line, "]") {
				return nil, errors.Errorf("line %d: %q, expected a section such as [convolutional]", n, line)
			}
			all = append(all, Layer{Kind: strings.Trim(line, "[]"), Line: n, set: map[string]string{}})
		default:
			key, value, ok := strings.Cut(line, "=")
			if !ok || len(all) == 0 {
				return nil, errors.Errorf("line %d: %q, expected a setting such as size=3 below a section", n, line)
			}
			all[len(all)-1].set[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	if err := scan.Err(); err != nil {
		return nil, err
	}
	if len(all) < 2 || all[0].Kind != "net" && all[0].Kind != "network" {
		return nil, errors.Errorf("%d sections, expected [net] with layers behind it", len(all))
	}
	c := &Config{Layers: all[1:]}
	var err error
	for _, size := range []struct {
		to   *int
		name string
		most int
	}{{&c.Channels, "channels", 1024}, {&c.Height, "height", 1 << 14}, {&c.Width, "width", 1 << 14}} {
		if *size.to, err = all[0].int(size.name, 0, 1, size.most); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// int returns a setting in lo … hi, or what stands for a missing one.
func (l Layer) int(name string, missing, lo, hi int) (int, error) {
	v := missing
	if text, ok := l.set[name]; ok {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, l.errorf("%s is %q, expected a whole number", name, text)
		}
		v = n
	}
	if v < lo || v > hi {
		return 0, l.errorf("%s is %d, expected %d to %d", name, v, lo, hi)
	}
	return v, nil
}

// numbers returns a setting of numbers separated by commas.
func (l Layer) numbers(name string) ([]float64, error) {
	var list []float64
	for _, text := range strings.Split(l.set[name], ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || v-v != 0 {
			return nil, l.errorf("%s has %q, expected numbers", name, text)
		}
		list = append(list, v)
	}
	return list, nil
}

// layers returns the setting of that name as places of earlier layers; negative
// ones count back from layer i.
func (l Layer) layers(name string, i int) ([]int, error) {
	list, err := l.numbers(name)
	if err != nil {
		return nil, err
	}
	var places []int
	for _, v := range list {
		at := int(v)
		if at < 0 {
			at += i
		}
		if float64(int(v)) != v || at < 0 || at >= i {
			return nil, l.errorf("%s has %v, expected one of the %d layers before", name, v, i)
		}
		places = append(places, at)
	}
	if len(places) == 0 {
		return nil, l.errorf("no %s, expected earlier layers", name)
	}
	return places, nil
}

// errorf returns an error that names the section.
func (l Layer) errorf(format string, args ...any) error {
	return errors.Wrapf(errors.Errorf(format, args...), "line %d: [%s]", l.Line, l.Kind)
}

// conv is the settings of a convolution.
type conv struct {
	filters, size, stride, pad, dilation, groups int
	norm                                         bool
	activation                                   string
}

func (l Layer) conv() (c conv, err error) {
	const most = 1 << 14
	read := func(to *int, name string, missing, lo int) {
		if err == nil {
			*to, err = l.int(name, missing, lo, most)
		}
	}
	var pad, norm int
	read(&c.filters, "filters", 1, 1)
	read(&c.size, "size", 1, 1)
	read(&c.stride, "stride", 1, 1)
	read(&c.dilation, "dilation", 1, 1)
	read(&c.groups, "groups", 1, 1)
	read(&c.pad, "padding", 0, 0)
	read(&pad, "pad", 0, 0)
	read(&norm, "batch_normalize", 0, 0)
	if pad > 0 {
		c.pad = c.size / 2 * c.dilation
	}
	c.norm = norm > 0
	c.activation = l.set["activation"]
	if err == nil && c.filters%c.groups != 0 {
		err = l.errorf("%d filters in %d groups, expected a multiple", c.filters, c.groups)
	}
	return c, err
}

// head is the settings of a YOLO layer.
type head struct {
	anchors [][2]float64 // height, width as shares of the picture
	classes int
	softmax bool    // version 2: the classes exclude each other
	scale   float64 // of σ(t_x), about its middle
}

func (l Layer) head(c *Config, rows, cols int) (h head, err error) {
	if h.classes, err = l.int("classes", 20, 1, 1<<14); err != nil {
		return h, err
	}
	sizes, err := l.numbers("anchors")
	if err != nil {
		return h, err
	}
	if len(sizes)%2 != 0 {
		return h, l.errorf("%d anchor numbers, expected pairs of a width with a height", len(sizes))
	}
	unit := [2]float64{float64(c.Height), float64(c.Width)}
	h.scale = 1
	if l.Kind == "region" {
		h.softmax, unit = true, [2]float64{float64(rows), float64(cols)}
	} else if v, err := l.numbers("scale_x_y"); err != nil {
		return h, err
	} else if len(v) == 1 {
		h.scale = v[0]
	}
	mask, err := l.numbers("mask")
	if err != nil {
		return h, err
	}
	for i := 0; i < len(sizes); i += 2 {
		if len(mask) > 0 && !slices.Contains(mask, float64(i/2)) {
			continue
		}
		if !(sizes[i] > 0 && sizes[i+1] > 0) {
			return h, l.errorf("anchor %v, %v, expected sizes above 0", sizes[i], sizes[i+1])
		}
		h.anchors = append(h.anchors, [2]float64{sizes[i+1] / unit[0], sizes[i] / unit[1]})
	}
	if len(h.anchors) == 0 || len(mask) > len(h.anchors) {
		return h, l.errorf("mask %v of %d anchors, expected some of them", mask, len(sizes)/2)
	}
	if l.set["new_coords"] == "1" {
		return h, l.errorf("new_coords=1 is not known, expected boxes as in YOLO version 3")
	}
	return h, nil
}
