namespace Slipway.Retrieval.Embedding.Onnx;

/// <summary>A tokenizer as a model's folder describes it.</summary>
/// <param name="Vocabulary">Tokens and their numbers.</param>
/// <param name="Unknown">What stands for a word that no tokens make up.</param>
/// <param name="Prefix">What tokens begin with that go on with a word.</param>
/// <param name="LongestWord">Characters of a word; longer ones are unknown.</param>
/// <param name="Clean">Control characters are dropped, and white space of all kinds becomes spaces.</param>
/// <param name="SplitChinese">Each Chinese character is a word.</param>
/// <param name="StripAccents">Accents are dropped.</param>
/// <param name="Lowercase">Case is dropped.</param>
/// <param name="Added">Tokens that are recognised in the text as it came.</param>
/// <param name="First">The numbers that every text begins with, as <c>[CLS]</c>.</param>
/// <param name="Last">The numbers that every text ends with, as <c>[SEP]</c>.</param>
/// <param name="Padding">The number of the token that fills up a batch.</param>
/// <param name="MaxTokens">Tokens of a text, as far as the tokenizer knows; null when it does not.</param>
internal sealed record TokenizerDefinition(
    IReadOnlyDictionary<string, int> Vocabulary, string Unknown, string Prefix, int LongestWord, bool Clean, bool SplitChinese, bool StripAccents, bool Lowercase,
    IReadOnlyList<AddedToken> Added, IReadOnlyList<int> First, IReadOnlyList<int> Last, int Padding, int? MaxTokens);

/// <summary>A token that is recognised in the text as it came.</summary>
/// <param name="Content">How it is written.</param>
/// <param name="Id">Its number.</param>
/// <param name="Left">White space before it belongs to it.</param>
/// <param name="Right">White space after it belongs to it.</param>
/// <param name="Word">It is recognised only where no letter, digit or underscore adjoins.</param>
internal sealed record AddedToken(string Content, int Id, bool Left, bool Right, bool Word);
