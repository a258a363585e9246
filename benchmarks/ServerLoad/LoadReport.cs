using System.Globalization;

namespace ALoRA.Onnx.ServerLoad;

/// <summary>What a run has shown.</summary>
internal sealed class LoadReport
{
    private readonly Lock _gate = new();
    private readonly List<double> _first = [];
    private readonly List<double> _between = [];
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _examples = [];

    /// <summary>Answers that are others than alone.</summary>
    public int Wrong { get; private set; }

    /// <summary>Requests that got neither their answer nor an error that says why.</summary>
    public int Lost { get; private set; }

    public long Tokens { get; private set; }

    public void Count(string what)
    {
        lock (_gate)
        {
            _counts[what] = _counts.GetValueOrDefault(what) + 1;
        }
    }

    /// <summary>Takes a result in.</summary>
    /// <param name="kind">Of which kind of reader.</param>
    /// <param name="result">What came.</param>
    /// <param name="expected">The answer alone.</param>
    public void Add(string kind, StreamResult result, string expected)
    {
        lock (_gate)
        {
            Tokens += result.Tokens;
            string what = result.HasLeft ? "left" : result.IsComplete ? "complete" : $"status {(int)result.Status}";
            _counts[$"{kind}: {what}"] = _counts.GetValueOrDefault($"{kind}: {what}") + 1;
            if (result.FirstToken is TimeSpan first && kind == "plain")
            {
                _first.Add(first.TotalMilliseconds);
                _between.AddRange(result.Between.Select(time => time.TotalMilliseconds));
            }

            bool isRight = result.IsComplete ? result.Text == expected : expected.StartsWith(result.Text, StringComparison.Ordinal);
            Wrong += isRight ? 0 : 1;
            Lost += result is { IsComplete: false, HasLeft: false, Error: null } ? 1 : 0;
            if ((!isRight || result.Error is not null) && _examples.Count < 5)
            {
                _examples.Add($"{kind}: expected '{expected}', got '{result.Text}' {result.Error}");
            }
        }
    }

    public void Print(TextWriter output, TimeSpan time)
    {
        foreach ((string what, int count) in _counts)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-32} {count,8:n0}"));
        }

        _examples.ForEach(output.WriteLine);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"wrong {Wrong}, lost {Lost}, {Tokens} tokens in {time.TotalSeconds:f1} s ({Tokens / time.TotalSeconds:f0} a second)"));
        Print(output, "first token", _first);
        Print(output, "between pieces", _between);
    }

    private static void Print(TextWriter output, string name, List<double> milliseconds)
    {
        milliseconds.Sort();
        if (milliseconds.Count > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: p50 {At(0.5):f1} ms, p95 {At(0.95):f1} ms, p99 {At(0.99):f1} ms, {milliseconds.Count} times"));
        }

        double At(double part) => milliseconds[(int)(part * (milliseconds.Count - 1))];
    }
}
