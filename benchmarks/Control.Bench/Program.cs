using System.Globalization;
using Slipway.Control.Bench;

// How fast Control takes request records, how exact its percentiles are, and how long questions about a day take:
//   dotnet run -c Release --project benchmarks/Control.Bench
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var folder = Directory.CreateTempSubdirectory("slipway-control-bench-").FullName;
try
{
    if (args is [] or ["ingest"]) await IngestBench.RunAsync(Directory.CreateDirectory(Path.Combine(folder, "ingest")).FullName, TimeSpan.FromSeconds(20));
    if (args is [] or ["query"]) await QueryBench.RunAsync(Directory.CreateDirectory(Path.Combine(folder, "query")).FullName);
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
