using Garnet;

namespace Slipway.Retrieval.Bench;

/// <summary>The vectors process of the benchmark: Garnet with vector sets, until its standard input ends.</summary>
internal static class VectorsProcess
{
    public const string Password = "bench";

    public static int Run(int port)
    {
        using var server = new GarnetServer(
            ["--bind", "127.0.0.1", "--port", $"{port}", "--memory", "4g", "--index", "16m", "--auth", "Password", "--password", Password, "--enable-vector-set-preview", "--logger-level", "Error"]);
        server.Start();
        while (Console.In.Read() >= 0)
        {
        }

        return 0;
    }
}
