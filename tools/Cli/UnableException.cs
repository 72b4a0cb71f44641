namespace Slipway.Cli;

/// <summary>A command cannot be carried out: <see cref="ExitCodes.Unable"/>. The message is for people.</summary>
internal class UnableException(string message, Exception? inner = null) : Exception(message, inner);
