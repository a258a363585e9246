using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Processes;

/// <summary>Many invocations of adapters that are loaded and unloaded in between, in a process in which nothing else happens.</summary>
internal static class AdapterWork
{
    /// <summary>Lines that are printed.</summary>
    public const int Samples = 10;

    private const int Adapters = 16;
    private const int Unloads = 3;
    private const int Together = 40;

    private static readonly InvocationOptions Three = new()
    {
        Generation = new GenerationOptions { Temperature = 0, MaxNewTokens = 3, IgnoreEndOfText = true },
    };

    /// <summary>
    /// Prints, every tenth of the way, with all adapters unloaded: invocations, loads, resident bytes, open handles, milliseconds.
    /// </summary>
    /// <param name="arguments">Folder of the model, and the number of invocations.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        int count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        using AloraModel model = AloraModel.Open(arguments[0]);
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(40));
        string[] kinds = [.. model.Adapters.Names.Order(StringComparer.Ordinal)];
        Dictionary<string, int[]> expected = [];
        HashSet<int> loaded = [];
        Random random = new(1);
        Stopwatch time = Stopwatch.StartNew();
        int loads = 0;
        int invocations = 0;
        for (int sample = 1; sample <= Samples; sample++)
        {
            while (invocations < (long)count * sample / Samples)
            {
                int adapter = random.Next(Adapters);
                loads += Load(model, kinds, loaded, adapter);
                if (invocations % Together == 0)
                {
                    int other = random.Next(Adapters);
                    loads += Load(model, kinds, loaded, other);
                    await conversation.InvokeAllAsync([new(NameOf(adapter), Three), new(NameOf(other), Three)]);
                    invocations++;
                }
                else
                {
                    int[] tokens = [.. (await conversation.InvokeAsync(NameOf(adapter), Three)).Tokens];
                    string kind = kinds[adapter % kinds.Length];
                    if (expected.TryAdd(kind, tokens) is false && !expected[kind].SequenceEqual(tokens))
                    {
                        throw new InvalidOperationException(
                            $"Invocation {invocations} of {kind} gave [{string.Join(' ', tokens)}], not "
                            + $"[{string.Join(' ', expected[kind])}].");
                    }
                }

                invocations++;
                if (random.Next(Unloads) == 0)
                {
                    loaded.Remove(adapter);
                    model.Adapters.Unload(NameOf(adapter));
                }
            }

            // What is loaded is memory in use, and chance.
            foreach (int adapter in loaded)
            {
                model.Adapters.Unload(NameOf(adapter));
            }

            loaded.Clear();
            Print(invocations, loads, time);
        }

        return 0;
    }

    private static int Load(AloraModel model, string[] kinds, HashSet<int> loaded, int adapter)
    {
        if (!loaded.Add(adapter))
        {
            return 0;
        }

        model.Adapters.Load(Path.Combine(model.Folder, "adapters", kinds[adapter % kinds.Length]), NameOf(adapter));
        return 1;
    }

    private static string NameOf(int adapter) => $"copy-{adapter}";

    private static void Print(int invocations, int loads, Stopwatch time)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{invocations} {loads} {process.WorkingSet64} {process.HandleCount} {time.ElapsedMilliseconds}"));
    }
}
