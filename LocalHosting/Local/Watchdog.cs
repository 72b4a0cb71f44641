using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Aspire.Hosting.Local;

/// <summary>
/// A shell that reads the children's process ids from a pipe. When the pipe ends before <c>q</c> was read, this process is gone: the shell gives the
/// children three seconds to end by themselves, and then kills those that are left and still are the ones that were told to it (a process id is
/// given to a stranger sooner or later, so the start time is compared). It ignores the signals that a terminal sends to the whole group.
/// Lines: <c>+ PID</c>, <c>- PID</c>, <c>q</c>.
/// </summary>
internal sealed class Watchdog : IOrphanGuard
{
    // Field 22 of /proc/PID/stat is the start time; the name in field 2 may contain blanks and parentheses, so the fields are counted after the last ')'.
    private const string Script = """
        : localhosting-watchdog
        exec >/dev/null 2>&1
        trap '' INT HUP TERM QUIT
        started() {
          if [ -r "/proc/$1/stat" ]; then
            read -r line < "/proc/$1/stat" || return 0
            set -f; set -- ${line##*) }; shift 19; echo "$1"
          elif [ ! -d /proc/self ]; then
            ps -o lstart= -p "$1" | tr ' ' '_'
          fi
        }
        children=
        while read -r what pid; do
          case $what in
            +) children="$children $pid=$(started "$pid")" ;;
            -) left=
               for child in $children; do [ "${child%%=*}" = "$pid" ] || left="$left $child"; done
               children=$left ;;
            q) exit 0 ;;
          esac
        done
        living() {
          left=
          for child in $children; do
            time=${child#*=}
            [ -n "$time" ] && [ "$(started "${child%%=*}")" = "$time" ] && left="$left $child"
          done
          children=$left
        }
        for second in 1 2 3; do
          living
          [ -n "$children" ] || exit 0
          sleep 1
        done
        living
        for child in $children; do kill -KILL "${child%%=*}"; done
        """;

    private readonly Lock _gate = new();
    private readonly HashSet<int> _children = [];
    private Process? _shell;
    private bool _ending;

    internal Watchdog() => Start();

    public void Add(ChildProcess child) => Tell('+', child.Id);

    public void Remove(ChildProcess child) => Tell('-', child.Id);

    private void Tell(char what, int pid)
    {
        lock (_gate)
        {
            if (what == '+') _children.Add(pid);
            else _children.Remove(pid);
            Write(string.Create(CultureInfo.InvariantCulture, $"{what} {pid}\n"));
        }
    }

    private void Start()
    {
        try
        {
            var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, RedirectStandardInput = true, WorkingDirectory = "/" };
            start.ArgumentList.Add("-c");
            start.ArgumentList.Add(Script);
            start.Environment.Clear();
            start.Environment["PATH"] = "/usr/bin:/bin";
            _shell = Process.Start(start);
            if (_shell is null) return;
            _shell.Exited += (_, _) => Revive();
            _shell.EnableRaisingEvents = true;
        }
        catch (Win32Exception)
        {
            // A system without /bin/sh: the lifeline alone must do.
            _shell = null;
        }
    }

    /// <summary>Whoever killed the watchdog gets another one.</summary>
    private void Revive()
    {
        lock (_gate)
        {
            if (_ending) return;
            _shell?.Dispose();
            Start();
            foreach (var pid in _children) Write(string.Create(CultureInfo.InvariantCulture, $"+ {pid}\n"));
        }
    }

    private void Write(string line)
    {
        try
        {
            _shell?.StandardInput.Write(line);
            _shell?.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It has died; Revive tells its successor everything.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Process? shell;
        lock (_gate)
        {
            _ending = true;
            shell = _shell;
            Write("q\n");
        }

        if (shell is null) return;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await shell.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            shell.Kill();
        }

        shell.Dispose();
    }
}
