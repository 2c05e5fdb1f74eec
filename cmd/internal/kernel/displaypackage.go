package kernel

import (
	"bytes"
	"encoding/json"
	"image"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"

	"github.com/cosmos72/gomacro/imports"
	"github.com/pkg/errors"
)

// displayPackage is the package display of a notebook: what gophernotes has there,
// and Show, Update, Clear, Text and GIF.
func (k *Kernel) displayPackage() imports.Package {
	textual := func(mime string) reflect.Value {
		return reflect.ValueOf(func(s string) Data { return Data{Data: MIMEMap{mime: s, mimeText: s}} })
	}
	binary := func(mime string) reflect.Value {
		return reflect.ValueOf(func(b []byte) Data { return Data{Data: MIMEMap{mime: b}} })
	}
	marked := func(mark string) reflect.Value {
		return reflect.ValueOf(func(s string) Data {
			return Data{Data: MIMEMap{mimeLatex: formula(s, mark), mimeText: s}}
		})
	}
	types, proxies := displayTypes()
	types["Data"], types["MIMEMap"] = reflect.TypeFor[Data](), reflect.TypeFor[MIMEMap]()
	return imports.Package{
		Name: "display",
		Binds: map[string]reflect.Value{
			"HTML": textual(mimeHTML), "Markdown": textual(mimeMarkdown), "SVG": textual(mimeSVG), "JavaScript": textual(mimeScript), "Text": textual(mimeText),
			"Latex": marked("$"), "Math": marked("$$"),
			"PNG": binary(mimePNG), "JPEG": binary(mimeJPEG), "GIF": binary(mimeGIF), "PDF": binary(mimePDF),
			"JSON":  reflect.ValueOf(func(m map[string]any) Data { return Data{Data: MIMEMap{mimeJSON: m}} }),
			"MIME":  reflect.ValueOf(func(data, metadata MIMEMap) Data { return Data{Data: data, Metadata: metadata} }),
			"Any":   reflect.ValueOf(anyData),
			"Auto":  reflect.ValueOf(func(v any) Data { return anyData("", v) }),
			"Image": reflect.ValueOf(func(img image.Image) Data { return anyData("", img) }),
			"File":  reflect.ValueOf(fileData),
			"MakeData": reflect.ValueOf(func(mime string, v any) Data {
				return Data{Data: MIMEMap{mimeText: text(v), mime: v}}
			}),
			"MakeData3": reflect.ValueOf(func(mime, plain string, v any) Data {
				return Data{Data: MIMEMap{mimeText: plain, mime: v}}
			}),
			"Show": reflect.ValueOf(k.show), "Update": reflect.ValueOf(k.update), "Clear": reflect.ValueOf(k.clear),
			"MIMETypeHTML": reflect.ValueOf(mimeHTML), "MIMETypePNG": reflect.ValueOf(mimePNG), "MIMETypeSVG": reflect.ValueOf(mimeSVG),
			"MIMETypeText": reflect.ValueOf(mimeText), "MIMETypeMarkdown": reflect.ValueOf(mimeMarkdown), "MIMETypeJSON": reflect.ValueOf(mimeJSON),
			"MIMETypeJPEG": reflect.ValueOf(mimeJPEG), "MIMETypeLatex": reflect.ValueOf(mimeLatex), "MIMETypeJavaScript": reflect.ValueOf(mimeScript),
			"MIMETypePDF": reflect.ValueOf(mimePDF),
		},
		Types:   types,
		Proxies: proxies,
	}
}

// anyData makes Data of whatever can be shown: by its display methods, as a
// picture, or of the content of a string, bytes, a reader or a writer, whose MIME
// type is found out where it is not given.
func anyData(mime string, v any) Data {
	var b []byte
	switch x := v.(type) {
	case string:
		b = []byte(x)
	case []byte:
		b = x
	case io.Reader:
		read, err := io.ReadAll(x)
		if err != nil {
			return failedData(errors.Wrap(err, "show what a reader gives"))
		}
		b = read
	case io.WriterTo:
		var w bytes.Buffer
		if _, err := x.WriteTo(&w); err != nil {
			return failedData(errors.Wrap(err, "show what a writer gives"))
		}
		b = w.Bytes()
	default:
		d, err := render(v)
		if err != nil {
			return failedData(err)
		}
		return d
	}
	if mime == "" {
		mime = detect(b)
	}
	d := Data{Data: MIMEMap{mime: b}}
	if s, ok := v.(string); ok {
		d.Data[mime], d.Data[mimeText] = s, s
	}
	return d
}

// detect finds out the MIME type of a content.
func detect(b []byte) string {
	head := b[:min(len(b), 512)]
	switch {
	case bytes.Contains(head, []byte("<svg")):
		return mimeSVG
	case json.Valid(b) && bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")):
		return mimeJSON
	}
	mime, _, _ := strings.Cut(http.DetectContentType(b), ";")
	return mime
}

// fileData shows a file by its MIME type, or by what its name or its content says
// it is.
func fileData(mime, path string) Data {
	b, err := os.ReadFile(path)
	if err != nil {
		return failedData(errors.Wrap(err, "show file"))
	}
	if mime == "" {
		mime = map[string]string{"md": mimeMarkdown, "js": mimeScript, "tex": mimeLatex}[path[strings.LastIndexByte(path, '.')+1:]]
	}
	return anyData(mime, b)
}

func failedData(err error) Data {
	return Data{Data: MIMEMap{"ename": "error", keyError: err.Error()}}
}
