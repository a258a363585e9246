using System.Globalization;

namespace ALoRA.Onnx.Peers;

/// <summary>Runs runtimes in turns and prints medians of tokens a second, and the ratio of medians to the first one.</summary>
internal sealed class RatioTable(IReadOnlyList<IPeer> peers, int rounds)
{
    private readonly Dictionary<(string Row, string Peer), List<double>> _figures = [];
    private readonly Dictionary<(string Row, string Peer), int[]> _answers = [];
    private readonly List<string> _rows = [];

    /// <summary>Measures: every row once a round, every runtime one after the other.</summary>
    /// <param name="measure">Measures all rows of one runtime; the number of the round is -1 for one that warms up.</param>
    public void Run(Action<IPeer, int> measure)
    {
        for (int round = -1; round < rounds; round++)
        {
            foreach (IPeer peer in peers)
            {
                Console.Error.WriteLine(round < 0 ? $"warms up: {peer.Name}" : $"round {round + 1} of {rounds}: {peer.Name}");
                measure(peer, round);
            }
        }
    }

    /// <summary>Notes a figure.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="row">Of what.</param>
    /// <param name="round">Of which round.</param>
    /// <param name="figure">Tokens a second.</param>
    /// <param name="answers">How the answers begin, to be compared with the first runtime's; null for none.</param>
    public void Add(IPeer peer, string row, int round, double figure, int[]? answers = null)
    {
        if (answers is not null)
        {
            _answers[(row, peer.Name)] = answers;
        }

        if (round < 0)
        {
            return;
        }

        if (!_rows.Contains(row))
        {
            _rows.Add(row);
        }

        if (!_figures.TryGetValue((row, peer.Name), out List<double>? list))
        {
            _figures[(row, peer.Name)] = list = [];
        }

        list.Add(figure);
    }

    /// <summary>Prints the table.</summary>
    public void Print()
    {
        foreach (string row in _rows)
        {
            double other = Median(_figures[(row, peers[0].Name)]);
            Console.WriteLine(row);
            foreach (IPeer peer in peers)
            {
                List<double> figures = _figures[(row, peer.Name)];
                string beside = peer == peers[0] ? "" : Beside(row, peer, Median(figures) / other);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {peer.Name,-34} {Median(figures),8:f1} tokens/s ({figures.Min():f1} to {figures.Max():f1}){beside}"));
            }
        }
    }

    private static double Median(List<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private string Beside(string row, IPeer peer, double ratio)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"  ratio {ratio:f2}");
        return _answers.TryGetValue((row, peers[0].Name), out int[]? others) && _answers.TryGetValue((row, peer.Name), out int[]? own)
            ? $"{text}, {own.Zip(others).Count(pair => pair.First == pair.Second)} of {own.Length} answers begin alike"
            : text;
    }
}
