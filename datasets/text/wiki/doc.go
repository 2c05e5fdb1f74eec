// Package wiki reads the articles of MediaWiki dumps as plain text.
//
//	err := wiki.Read("enwiki-latest-pages-articles.xml.bz2", func(a wiki.Article) error {
//		return corpus.Add(text.Words(text.Lower(a.Text)))
//	})
//
// A dump is an XML file of pages whose text is wikitext; Plain removes the markup: templates, tables, references, files,
// categories, tags go, of links their words stay. It takes time in proportion to the text, whatever the text is.
//
// Source: https://www.mediawiki.org/wiki/Help:Export, https://www.mediawiki.org/wiki/Help:Formatting.
package wiki
