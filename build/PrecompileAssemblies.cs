using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Build.Framework;

/// <summary>
/// Compiles assemblies ahead with Crossgen2, each into the file that its metadata <c>Precompiled</c> names. Builds that run side by side share the files:
/// whoever comes second waits for the first. An assembly that cannot be compiled (it holds no code, or is compiled already) is copied as it is.
/// </summary>
public class PrecompileAssemblies : Microsoft.Build.Utilities.Task
{
    [Required]
    public ITaskItem[] Assemblies { get; set; }

    /// <summary>Files, or patterns of files, in which the compiler finds what the assemblies refer to.</summary>
    [Required]
    public string[] References { get; set; }

    [Required]
    public string Compiler { get; set; }

    public override bool Execute()
    {
        Log.LogMessage(MessageImportance.High, "Compiling " + Assemblies.Length + " packaged assemblies ahead (once for each version of a package).");
        // The largest first, so that none of them is left for the end.
        var largestFirst = Assemblies.OrderByDescending(item => new FileInfo(item.ItemSpec).Length);
        Parallel.ForEach(largestFirst, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, item => Compile(item.ItemSpec, item.GetMetadata("Precompiled")));
        return !Log.HasLoggedErrors;
    }

    private void Compile(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target));
        using (WaitForLock(target + ".lock"))
        {
            if (File.Exists(target)) return;
            var unfinished = target + ".unfinished";
            var response = target + ".rsp";
            var lines = new List<string> { source, "-o:" + unfinished, "-O", "--parallelism:1", "--targetos:" + Os(), "--targetarch:" + Architecture() };
            lines.AddRange(References.Select(reference => "-r:" + reference));
            File.WriteAllLines(response, lines);
            if (!Run("@" + response, out var output))
            {
                Log.LogMessage(MessageImportance.Low, source + " is left as it is: " + output);
                File.Copy(source, unfinished, overwrite: true);
            }

            File.Move(unfinished, target);
            File.Delete(response);
        }
    }

    private static FileStream WaitForLock(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            catch (Exception exception) when (exception is IOException || exception is UnauthorizedAccessException)
            {
                Thread.Sleep(50);
            }
        }
    }

    private bool Run(string arguments, out string output)
    {
        var start = new ProcessStartInfo(Compiler, "\"" + arguments + "\"") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using (var process = Process.Start(start))
        {
            var errors = process.StandardError.ReadToEndAsync();
            output = process.StandardOutput.ReadToEnd() + errors.Result;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }

    private static string Os() =>
        System.Runtime.InteropServices.RuntimeInformation.IsOSPlatform(System.Runtime.InteropServices.OSPlatform.Windows) ? "windows"
        : System.Runtime.InteropServices.RuntimeInformation.IsOSPlatform(System.Runtime.InteropServices.OSPlatform.OSX) ? "osx" : "linux";

    private static string Architecture() => System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
}
