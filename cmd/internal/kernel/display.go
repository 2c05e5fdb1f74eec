package kernel

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// MIMEMap is the same content in several forms, by their MIME types.
type MIMEMap = map[string]any

// Data is what a front end shows. Like MIMEMap it is gophernotes' type of that
// name; both are other names of plain types, so that a package can have a method
// that returns them without knowing a kernel.
type Data = struct {
	Data      MIMEMap
	Metadata  MIMEMap
	Transient MIMEMap
}

// The MIME types of what is shown.
const (
	mimeText     = "text/plain"
	mimeHTML     = "text/html"
	mimeMarkdown = "text/markdown"
	mimeLatex    = "text/latex"
	mimeSVG      = "image/svg+xml"
	mimePNG      = "image/png"
	mimeJPEG     = "image/jpeg"
	mimeGIF      = "image/gif"
	mimeJSON     = "application/json"
	mimeScript   = "application/javascript"
	mimePDF      = "application/pdf"
)

// render turns a value into what is shown: by its display methods, as a picture
// where it is one, else as text. A method that has nothing to show returns
// nothing, and the text says why.
func render(v any) (Data, error) { return renderAll(v, []any{v}) }

// renderAll is render for a value whose display methods several others have.
func renderAll(v any, forms []any) (Data, error) {
	d := Data{Data: MIMEMap{}}
	add := func(more Data) {
		for key, value := range more.Data {
			d.Data[key] = value
		}
		d.Metadata, d.Transient = join(d.Metadata, more.Metadata), join(d.Transient, more.Transient)
	}
	picture, pictured := v.(image.Image)
	for _, form := range forms {
		if x, ok := form.(Data); ok {
			add(x)
		}
		add(methods(form))
		if img, ok := form.(image.Image); ok {
			picture, pictured = img, true
		}
	}
	if pictured && len(d.Data) == 0 {
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			return d, errors.Wrap(err, "show picture")
		}
		size := picture.Bounds().Size()
		add(Data{
			Data:     MIMEMap{mimePNG: b.Bytes(), mimeText: fmt.Sprintf("picture of %d×%d pixels", size.X, size.Y)},
			Metadata: MIMEMap{mimePNG: dict{"width": size.X, "height": size.Y}},
		})
	}
	if says, failed := d.Data[keyError].(string); failed {
		return d, errors.New(says)
	}
	if _, ok := d.Data[mimeText]; !ok {
		d.Data[mimeText] = text(v)
	}
	return d, nil
}

// keyError is where Data has the error of the function of the package display
// that made it: these return nothing but Data. Showing it fails.
const keyError = "evalue"

func join(m, more MIMEMap) MIMEMap {
	if m == nil {
		return more
	}
	for key, value := range more {
		m[key] = value
	}
	return m
}

// methods calls the display methods of a value.
func methods(v any) Data {
	d := Data{Data: MIMEMap{}}
	say := func(mime, s string) {
		if s != "" {
			d.Data[mime] = s
		}
	}
	give := func(mime string, b []byte) {
		if len(b) > 0 {
			d.Data[mime] = b
		}
	}
	if x, ok := v.(renderer); ok {
		if made := x.Render(); made.Data != nil {
			d = made
		}
	}
	if x, ok := v.(simpleRenderer); ok {
		d.Data = join(d.Data, x.SimpleRender())
	}
	if x, ok := v.(htmler); ok {
		say(mimeHTML, x.HTML())
	}
	if x, ok := v.(markdowner); ok {
		say(mimeMarkdown, x.Markdown())
	}
	if x, ok := v.(javascripter); ok {
		say(mimeScript, x.JavaScript())
	}
	if x, ok := v.(svger); ok {
		say(mimeSVG, x.SVG())
	}
	if x, ok := v.(latexer); ok {
		say(mimeLatex, formula(x.Latex(), "$"))
	}
	if x, ok := v.(pnger); ok {
		give(mimePNG, x.PNG())
	}
	if x, ok := v.(jpeger); ok {
		give(mimeJPEG, x.JPEG())
	}
	if x, ok := v.(pdfer); ok {
		give(mimePDF, x.PDF())
	}
	if x, ok := v.(jsoner); ok {
		d.Data[mimeJSON] = x.JSON()
	}
	return d
}

// formula puts a formula between marks, once.
func formula(s, mark string) string { return mark + strings.Trim(s, "$") + mark }

// most is how many letters of a value are shown as text.
const most = 20_000

func text(v any) string {
	if d, ok := v.(Data); ok {
		return strings.Join(slices.Sorted(maps.Keys(d.Data)), ", ")
	}
	if b, ok := v.([]byte); ok && len(b) > 100 {
		return fmt.Sprintf("%d bytes", len(b))
	}
	s := fmt.Sprint(v)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}

// show publishes a value at once, before the cell ends.
func (k *Kernel) show(v any) error {
	d, err := render(v)
	if err != nil {
		return err
	}
	return k.publish("display_data", content(d))
}

// update publishes a value in the place of the one shown before under id.
func (k *Kernel) update(id string, v any) error {
	d, err := render(v)
	if err != nil {
		return err
	}
	d.Transient = MIMEMap{"display_id": id}
	kind := "update_display_data"
	if !k.shown[id] {
		kind, k.shown[id] = "display_data", true
	}
	return k.publish(kind, content(d))
}

// clear removes what the cell has shown; with wait not before something new is
// shown.
func (k *Kernel) clear(wait bool) error { return k.publish("clear_output", dict{"wait": wait}) }

// content is Data as the protocol has it: bytes in base 64, but those of a text.
func content(d Data) dict {
	shown := MIMEMap{}
	for mime, v := range d.Data {
		if b, ok := v.([]byte); ok {
			v = base64.StdEncoding.EncodeToString(b)
			if strings.HasPrefix(mime, "text/") || slices.Contains([]string{mimeSVG, mimeJSON, mimeScript}, mime) {
				v = string(b)
			}
		}
		shown[mime] = v
	}
	c := dict{"data": shown, "metadata": d.Metadata, "transient": d.Transient}
	if d.Metadata == nil {
		c["metadata"] = dict{}
	}
	if d.Transient == nil {
		c["transient"] = dict{}
	}
	if _, err := json.Marshal(shown); err != nil {
		c["data"] = dict{mimeText: fmt.Sprint(d.Data)}
	}
	return c
}
