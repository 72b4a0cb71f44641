namespace Slipway.Extractive;

/// <summary>A passage that may be quoted.</summary>
/// <param name="Number">Its citation number, from 1.</param>
/// <param name="Title">The document's title.</param>
/// <param name="Heading">The headings above the passage, or empty.</param>
/// <param name="Text">The text, plain or Markdown.</param>
public sealed record ExtractivePassage(int Number, string Title, string Heading, string Text);

/// <summary>An answer made of quoted sentences.</summary>
/// <param name="Text">The sentences, each followed by its citation <c>[n]</c>; or <see cref="ExtractiveAnswerer.NoAnswer"/>.</param>
/// <param name="Cited">The citation numbers in the order of their first use.</param>
public sealed record ExtractiveAnswer(string Text, IReadOnlyList<int> Cited);
