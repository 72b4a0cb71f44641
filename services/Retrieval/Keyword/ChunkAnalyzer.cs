using Lucene.Net.Analysis;
using Lucene.Net.Analysis.Core;
using Lucene.Net.Analysis.En;
using Lucene.Net.Analysis.Miscellaneous;
using Lucene.Net.Analysis.Standard;
using Lucene.Net.Util;

namespace Slipway.Retrieval.Keyword;

/// <summary>
/// English prose with technical words in it: Unicode words, possessives off, names taken apart as well as kept (<c>slo.json</c> gives slo.json, slo and json),
/// lower case, stop words off, Porter stems.
/// </summary>
internal sealed class ChunkAnalyzer : Analyzer
{
    /// <summary>An index that another analysis made is built again.</summary>
    public const string Version = "en1";

    private const WordDelimiterFlags Parts = WordDelimiterFlags.GENERATE_WORD_PARTS | WordDelimiterFlags.GENERATE_NUMBER_PARTS | WordDelimiterFlags.PRESERVE_ORIGINAL;

    /// <inheritdoc />
    protected override TokenStreamComponents CreateComponents(string fieldName, TextReader reader)
    {
        var source = new StandardTokenizer(LuceneVersion.LUCENE_48, reader);
        TokenStream stream = new EnglishPossessiveFilter(LuceneVersion.LUCENE_48, source);
        stream = new WordDelimiterFilter(LuceneVersion.LUCENE_48, stream, Parts, null);
        stream = new LowerCaseFilter(LuceneVersion.LUCENE_48, stream);
        stream = new StopFilter(LuceneVersion.LUCENE_48, stream, EnglishAnalyzer.DefaultStopSet);
        stream = new PorterStemFilter(stream);
        return new TokenStreamComponents(source, stream);
    }
}
