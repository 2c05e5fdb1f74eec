package kernel

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"reflect"
	"strings"

	"github.com/pkg/errors"
)

// Data is what a front end shows: the same content in several forms, by their
// MIME types. It is gophernotes' type of that name.
type Data struct {
	Data      map[string]any
	Metadata  map[string]any
	Transient map[string]any
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

// The display methods of values, as in gophernotes.
type (
	htmler     interface{ HTML() string }
	markdowner interface{ Markdown() string }
	svger      interface{ SVG() string }
	pnger      interface{ PNG() []byte }
	jpeger     interface{ JPEG() []byte }
	latexer    interface{ Latex() string }
	jsoner     interface{ JSON() map[string]any }
	renderer   interface{ Render() Data }
	simple     interface{ SimpleRender() map[string]any }
)

// render turns a value into what is shown: by its display methods, as a picture
// where it is one, else as text.
func render(v any) (Data, error) {
	switch x := v.(type) {
	case Data:
		return x, nil
	case renderer:
		return x.Render(), nil
	case simple:
		return Data{Data: x.SimpleRender()}, nil
	}
	d := Data{Data: map[string]any{}}
	if x, ok := v.(htmler); ok {
		d.Data[mimeHTML] = x.HTML()
	}
	if x, ok := v.(markdowner); ok {
		d.Data[mimeMarkdown] = x.Markdown()
	}
	if x, ok := v.(svger); ok {
		d.Data[mimeSVG] = x.SVG()
	}
	if x, ok := v.(pnger); ok {
		d.Data[mimePNG] = base64.StdEncoding.EncodeToString(x.PNG())
	}
	if x, ok := v.(jpeger); ok {
		d.Data[mimeJPEG] = base64.StdEncoding.EncodeToString(x.JPEG())
	}
	if x, ok := v.(latexer); ok {
		d.Data[mimeLatex] = "$" + strings.Trim(x.Latex(), "$") + "$"
	}
	if x, ok := v.(jsoner); ok {
		d.Data[mimeJSON] = x.JSON()
	}
	if img, ok := v.(image.Image); ok && len(d.Data) == 0 {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			return d, errors.Wrap(err, "show picture")
		}
		d.Data[mimePNG] = base64.StdEncoding.EncodeToString(b.Bytes())
		d.Data[mimeText] = fmt.Sprintf("picture of %d×%d pixels", img.Bounds().Dx(), img.Bounds().Dy())
		d.Metadata = map[string]any{mimePNG: dict{"width": img.Bounds().Dx(), "height": img.Bounds().Dy()}}
	}
	if _, ok := d.Data[mimeText]; !ok {
		d.Data[mimeText] = text(v)
	}
	return d, nil
}

// most is how many letters of a value are shown as text.
const most = 20_000

func text(v any) string {
	s := fmt.Sprint(v)
	if len(s) > most {
		s = s[:most] + "…"
	}
	return s
}

// displays are the functions of the package display of a notebook.
func (k *Kernel) displays() map[string]reflect.Value {
	one := func(mime string, encode bool) func(any) Data {
		return func(v any) Data {
			switch x := v.(type) {
			case []byte:
				if encode {
					return Data{Data: map[string]any{mime: base64.StdEncoding.EncodeToString(x)}}
				}
				return Data{Data: map[string]any{mime: string(x), mimeText: string(x)}}
			case string:
				return Data{Data: map[string]any{mime: x, mimeText: x}}
			}
			return Data{Data: map[string]any{mime: v}}
		}
	}
	textual := func(mime string) func(string) Data {
		return func(s string) Data { return one(mime, false)(s) }
	}
	binary := func(mime string) func([]byte) Data {
		return func(b []byte) Data { return one(mime, true)(b) }
	}
	return map[string]reflect.Value{
		"HTML": reflect.ValueOf(textual(mimeHTML)), "Markdown": reflect.ValueOf(textual(mimeMarkdown)),
		"SVG": reflect.ValueOf(textual(mimeSVG)), "JavaScript": reflect.ValueOf(textual(mimeScript)), "Text": reflect.ValueOf(textual(mimeText)),
		"Latex": reflect.ValueOf(func(s string) Data { return one(mimeLatex, false)("$" + strings.Trim(s, "$") + "$") }),
		"Math":  reflect.ValueOf(func(s string) Data { return one(mimeLatex, false)("$$" + strings.Trim(s, "$") + "$$") }),
		"PNG":   reflect.ValueOf(binary(mimePNG)), "JPEG": reflect.ValueOf(binary(mimeJPEG)), "GIF": reflect.ValueOf(binary(mimeGIF)),
		"PDF":  reflect.ValueOf(binary(mimePDF)),
		"JSON": reflect.ValueOf(func(m map[string]any) Data { return Data{Data: map[string]any{mimeJSON: m}} }),
		"MIME": reflect.ValueOf(func(data, metadata map[string]any) Data { return Data{Data: data, Metadata: metadata} }),
		"Any":  reflect.ValueOf(func(mime string, v any) Data { return one(mime, true)(v) }),
		"Auto": reflect.ValueOf(func(v any) (Data, error) { return render(v) }),
		"Image": reflect.ValueOf(func(img image.Image) (Data, error) {
			return render(img)
		}),
		"File": reflect.ValueOf(fileData),
		"Show": reflect.ValueOf(k.show), "Update": reflect.ValueOf(k.update), "Clear": reflect.ValueOf(k.clear),
		"MakeData":     reflect.ValueOf(func(mime string, v any) Data { return Data{Data: map[string]any{mime: v}} }),
		"MIMETypeHTML": reflect.ValueOf(mimeHTML), "MIMETypePNG": reflect.ValueOf(mimePNG), "MIMETypeSVG": reflect.ValueOf(mimeSVG),
		"MIMETypeText": reflect.ValueOf(mimeText), "MIMETypeMarkdown": reflect.ValueOf(mimeMarkdown), "MIMETypeJSON": reflect.ValueOf(mimeJSON),
		"MIMETypeJPEG": reflect.ValueOf(mimeJPEG), "MIMETypeLatex": reflect.ValueOf(mimeLatex), "MIMETypeJavaScript": reflect.ValueOf(mimeScript),
		"MIMETypePDF": reflect.ValueOf(mimePDF),
	}
}

// fileData shows a file by what its name says it is.
func fileData(mime, path string) (Data, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return Data{}, errors.Wrap(err, "show file")
	}
	if mime == "" {
		mime = map[string]string{"png": mimePNG, "jpg": mimeJPEG, "jpeg": mimeJPEG, "gif": mimeGIF, "svg": mimeSVG, "html": mimeHTML, "md": mimeMarkdown}[strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])]
	}
	switch mime {
	case mimePNG, mimeJPEG, mimeGIF, mimePDF:
		return Data{Data: map[string]any{mime: base64.StdEncoding.EncodeToString(b)}}, nil
	case "":
		mime = mimeText
	}
	return Data{Data: map[string]any{mime: string(b)}}, nil
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
	d.Transient = map[string]any{"display_id": id}
	kind := "update_display_data"
	if !k.shown[id] {
		kind, k.shown[id] = "display_data", true
	}
	return k.publish(kind, content(d))
}

// clear removes what the cell has shown; with wait not before something new is
// shown.
func (k *Kernel) clear(wait bool) error { return k.publish("clear_output", dict{"wait": wait}) }

func content(d Data) dict {
	c := dict{"data": d.Data, "metadata": d.Metadata, "transient": d.Transient}
	if d.Metadata == nil {
		c["metadata"] = dict{}
	}
	if d.Transient == nil {
		c["transient"] = dict{}
	}
	if _, err := json.Marshal(d.Data); err != nil {
		c["data"] = dict{mimeText: fmt.Sprint(d.Data)}
	}
	return c
}
