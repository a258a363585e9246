using System.Diagnostics;
using ALoRA.Onnx.Cluster.Placement;

namespace ALoRA.Onnx.Benchmarks.Cluster;

/// <summary>A cluster of many servers, simulated: where it breaks first.</summary>
internal static class ClusterTable
{
    private const double Factor = 1.25;

    // NodeTable's.
    private const long Slack = 4096;

    /// <summary>Prints everything as tables of Markdown.</summary>
    /// <param name="nodes">Servers.</param>
    /// <param name="conversations">Conversations.</param>
    public static void Print(int nodes, int conversations)
    {
        PlacementRule rule = new(Factor, Slack);
        PrintPlaces(rule, nodes, conversations);
        PrintLoad(rule, nodes, conversations);
        PrintTraffic(nodes);
    }

    // Where keys belong while nobody has anything to do, and how many move when a server goes or comes.
    private static void PrintPlaces(PlacementRule rule, int nodes, int conversations)
    {
        Candidate[] all = [.. Enumerable.Range(0, nodes + 1).Select(node => new Candidate(LoadedCluster.Hash(node), 0))];
        int[] counts = new int[nodes];
        int lost = 0;
        int movedByDeath = 0;
        int movedByJoin = 0;
        int victim = nodes / 2;
        Candidate[] without = [.. all.AsSpan(0, victim), .. all.AsSpan(victim + 1, nodes - victim - 1)];
        long started = Stopwatch.GetTimestamp();
        for (int conversation = 0; conversation < conversations; conversation++)
        {
            ulong key = LoadedCluster.Key(conversation);
            int place = rule.Choose(key, 1, all.AsSpan(0, nodes)).First;
            counts[place]++;
            int afterDeath = rule.Choose(key, 1, without).First;
            afterDeath += afterDeath >= victim ? 1 : 0;
            lost += place == victim ? 1 : 0;
            movedByDeath += place != victim && afterDeath != place ? 1 : 0;
            movedByJoin += rule.Choose(key, 1, all).First == place ? 0 : 1;
        }

        double microseconds = Stopwatch.GetElapsedTime(started).TotalMicroseconds / (3L * conversations);
        Write("| what | |\n| --- | --- |");
        Write($"| conversations of a server: least, mean, most | {counts.Min()}, {counts.Average():f0}, {counts.Max()} |");
        Write($"| most, as a multiple of the mean | {counts.Max() / counts.Average():f3} |");
        Write($"| a server dies: its own conversations, others that move | {lost}, {movedByDeath} |");
        Write($"| a server joins: conversations that move, of the ideal | {movedByJoin}, {(double)conversations / (nodes + 1):f0} |");
        Write($"| time of a choice | {microseconds:f1} µs |\n");
    }

    private static void PrintLoad(PlacementRule rule, int nodes, int conversations)
    {
        Write(
            "| load | requests | at the turn before's server | elsewhere than the key belongs | busiest server p50, p99 | wait p50, p99 |");
        Write("| --- | --- | --- | --- | --- | --- |");
        foreach ((string name, ClusterCase described) in (ReadOnlySpan<(string, ClusterCase)>)
        [
            ("half of the places", new ClusterCase(nodes, conversations, 120, 0.5)),
            ("80 % of the places", new ClusterCase(nodes, conversations, 120, 0.8)),
            ("95 % of the places", new ClusterCase(nodes, conversations, 120, 0.95)),
            ("80 %, nine of ten for one key", new ClusterCase(nodes, conversations, 60, 0.8, HotPart: 0.9)),
            ("the same, front ends overflow each for itself", new ClusterCase(nodes, conversations, 60, 0.8, 0.9, HasOwnOverflow: true)),
        ])
        {
            ClusterCaseResult result = LoadedCluster.Run(described, rule);
            result.Spread.RemoveRange(0, Math.Min(40, result.Spread.Count - 1));
            string hot = described.HotPart > 0 ? $"; the key is on {result.HotNodes} servers" : "";
            Write(
                $"| {name} | {result.Requests:n0} | {(double)result.Found / Math.Max(1, result.Returning):p1}{hot} | "
                + $"{(double)result.Moved / result.Requests:p1} | {At(result.Spread, 0.5):f2}, {At(result.Spread, 0.99):f2} × the mean | "
                + $"{At(result.Waits, 0.5):f2}, {At(result.Waits, 0.99):f2} s |");
        }

        Write("");
    }

    private static void PrintTraffic(int nodes)
    {
        int[] sizes = [.. new[] { 3, 10, 30, 100, 300, nodes }.Distinct()];
        MembershipTraffic[] all = [.. sizes.Select(size => new MembershipTraffic(size))];
        Write($"| servers | {string.Join(" | ", sizes)} |");
        Write($"| --- |{string.Concat(Enumerable.Repeat(" --- |", sizes.Length))}");
        Row("probes a second, all together", one => $"{one.Probes:n0}");
        Row("table: reads a second", one => $"{one.TableReads:f1}");
        Row("table: MB read a second", one => $"{one.TableBytes / 1e6:f2}");
        Row("table: writes a second", one => $"{one.TableWrites:f1}");
        Row("reports of load that a server gets a second", one => $"{one.ReportsOfOne:n0}");
        Row("reports: MB a second, all together", one => $"{one.ReportBytesOfAll / 1e6:f2}");
        Row("connections between servers", one => $"{one.Connections:n0}");
        Row("rolling restart: changes of the table", one => $"{one.RestartChanges:n0}");
        Row("rolling restart: GB that servers tell each other", one => $"{one.RestartBytes / 1e9:f3}");

        void Row(string name, Func<MembershipTraffic, string> value) => Write(
            $"| {name} | {string.Join(" | ", all.Select(value))} |");
    }

    private static double At(List<double> values, double part)
    {
        values.Sort();
        return values[(int)Math.Ceiling(part * (values.Count - 1))];
    }

    private static void Write(string line) => Console.WriteLine(line);
}
