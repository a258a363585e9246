using System.Diagnostics;
using System.Globalization;
using ALoRA.Onnx.EndToEnd.Tests.Runtime;

namespace ALoRA.Onnx.EndToEnd.Tests.Processes;

/// <summary>Resident memory before, during and after conversations and forks, in a process in which nothing else happens.</summary>
internal static class MemoryWork
{
    private const int Tokens = 4000;

    /// <summary>Prints bytes, separated by spaces: before, at most, and after, and those of one conversation's rows.</summary>
    /// <param name="arguments">Folder of the model, what is done, and how often.</param>
    public static async Task<int> RunAsync(string[] arguments)
    {
        (string folder, string what, int count) = (arguments[0], arguments[1], int.Parse(arguments[2], CultureInfo.InvariantCulture));
        using AloraModel model = AloraModel.Open(folder);
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(Tokens));

        // The just-in-time compiler and ONNX Runtime's arena take their share once.
        await DoAsync(model, conversation, what, 3);
        long before = Resident();
        long most = await DoAsync(model, conversation, what, count);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{before} {most} {Resident()} {conversation.CacheBytes}"));
        return 0;
    }

    private static async Task<long> DoAsync(AloraModel model, Conversation conversation, string what, int count)
    {
        List<Conversation> all = [];
        for (int i = 0; i < count; i++)
        {
            if (what == "conversations")
            {
                using Conversation other = model.CreateConversation();
                await other.AppendAsync(Prompts.Random(20 + (i * 37 % 700), i));
                await other.GenerateToEndAsync(new GenerationOptions { MaxNewTokens = 3, IgnoreEndOfText = true });
                continue;
            }

            all.Add(conversation.Fork());
            if (what == "forks-that-append")
            {
                await all[^1].AppendAsync(new[] { 17 + (i % 100) });
            }
        }

        long most = Resident();
        all.ForEach(fork => fork.Dispose());
        return most;
    }

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
