using System.Text;

namespace ALoRA.Onnx.EndToEnd.Tests.Runtime;

/// <summary>Conversations in files: the same afterwards, and nothing but the very same model opens them.</summary>
[TestClass]
public sealed class SavedConversationTests
{
    private static readonly GenerationOptions Ten = new() { MaxNewTokens = 10, IgnoreEndOfText = true };

    [TestMethod]
    public async Task Load_ASavedConversation_GoesOnBitForBitWithoutComputing()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using TemporaryFolder temporary = new();
        string file = temporary["talk.safetensors"];
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(300));
        await conversation.GenerateToEndAsync(Ten);
        await conversation.SaveAsync(file);
        await conversation.SaveAsync(file);
        Assert.HasCount(1, Directory.GetFiles(Path.GetDirectoryName(file)!));
        long runs = model.Loaded.Session.Runs;
        using Conversation loaded = await model.LoadConversationAsync(file);
        Assert.AreEqual(runs, model.Loaded.Session.Runs);
        CollectionAssert.AreEqual(conversation.Tokens.ToArray(), loaded.Tokens.ToArray());
        CollectionAssert.AreEqual(
            (await conversation.GenerateToEndAsync(Ten)).Tokens.ToArray(), (await loaded.GenerateToEndAsync(Ten)).Tokens.ToArray());
        int[] next = Prompts.Random(4, 9);
        Prompts.AssertSame(await conversation.NextLogitsAsync(next), await loaded.NextLogitsAsync(next), "loaded");
    }

    [TestMethod]
    public async Task Load_AnEmptyOrUnfinishedConversation_IsTheSameAgain()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder temporary = new();
        using Conversation conversation = model.CreateConversation();
        await conversation.SaveAsync(temporary["empty"]);
        using Conversation empty = await model.LoadConversationAsync(temporary["empty"]);
        Assert.AreEqual(0, empty.Length);
        await conversation.AppendAsync(Prompts.Random(20));
        await foreach (GeneratedToken token in conversation.GenerateAsync(Ten))
        {
            // Its row is not computed yet.
            break;
        }

        await conversation.SaveAsync(temporary["unfinished"]);
        using Conversation loaded = await model.LoadConversationAsync(temporary["unfinished"]);
        Assert.AreEqual(21, loaded.Length);
        CollectionAssert.AreEqual(
            (await conversation.GenerateToEndAsync(Ten)).Tokens.ToArray(), (await loaded.GenerateToEndAsync(Ten)).Tokens.ToArray());
    }

    [TestMethod]
    public async Task Load_AnotherModelOrTooLong_IsRefusedWithASentence()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder temporary = new();
        string file = temporary["talk"];
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(50));
        await conversation.SaveAsync(file);
        using AloraModel shorter = await DemoModel.OpenOwnAsync(new AloraModelOptions { MaxContextLength = 40 });
        Assert.Contains(
            "context of 40", (await Assert.ThrowsExactlyAsync<ModelFormatException>(() => shorter.LoadConversationAsync(file))).Message);

        await Export.Exporter.ExportAsync(
            DemoModel.Checkpoint, temporary["int8"], new Export.ExportOptions { Precision = Export.ExportPrecision.Int8 });
        using AloraModel other = await AloraModel.OpenAsync(temporary["int8"]);
        string message = (await Assert.ThrowsExactlyAsync<ModelFormatException>(() => other.LoadConversationAsync(file))).Message;
        Assert.Contains("precision", message);
        Assert.Contains("'float32'", message);
        Assert.Contains(
            "can't be read",
            (await Assert.ThrowsExactlyAsync<ModelFormatException>(() => model.LoadConversationAsync(temporary["nowhere"]))).Message);
        await Assert.ThrowsAsync<ArgumentException>(() => model.LoadConversationAsync(""));

        await conversation.ForwardAsync(Prompts.Random(3), new ForwardOptions { Adapter = "certainty", ActivationStart = 0 });
        Assert.Contains(
            "Rewind to 50", (await Assert.ThrowsExactlyAsync<InvalidOperationException>(() => conversation.SaveAsync(file))).Message);
    }

    [TestMethod]
    public async Task Save_CancelledOrIntoNowhere_LeavesWhatWasThere()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder temporary = new();
        string file = temporary["talk"];
        await File.WriteAllTextAsync(file, "before");
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(50));
        await Assert.ThrowsAsync<OperationCanceledException>(() => conversation.SaveAsync(file, new CancellationToken(canceled: true)));
        Assert.AreEqual("before", await File.ReadAllTextAsync(file));
        await Assert.ThrowsAsync<IOException>(() => conversation.SaveAsync(Path.Combine(temporary["nowhere"], "talk")));
        Assert.HasCount(1, Directory.GetFiles(Path.GetDirectoryName(file)!));
        Assert.AreEqual(50, conversation.Length);
    }

    [TestMethod]
    public async Task Load_DamagedFiles_AreRefusedOrGiveTheSameLengths()
    {
        AloraModel model = await DemoModel.OpenAsync();
        using TemporaryFolder temporary = new();
        string file = temporary["talk"];
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(10));
        await conversation.SaveAsync(file);
        byte[] good = await File.ReadAllBytesAsync(file);
        int header = 8 + (int)BitConverter.ToInt64(good);
        List<byte[]> damaged = [good[..^1], good[..header], good[..20], good[..7], [], [.. good, 0]];
        foreach ((string from, string to) in new[]
        {
            ("\"I32\"", "\"I64\""), ("\"I32\"", "\"U32\""), ("[10]", "[11]"), ("[10]", "[-1]"), ("[10]", "[1e9]"),
            ("alora-conversation", "alora-conversatiom"), ("\"version\":\"1\"", "\"version\":\"2\""),
            ("past_key_values.0.key", "past_key_values.9.key"), ("data_offsets", "data_offsetz"), ("sha256:", "sha255:"),
            ("{\"__metadata__\"", "[\"__metadata__\""),
        })
        {
            string text = Encoding.Latin1.GetString(good, 0, header);
            int at = text.IndexOf(from, StringComparison.Ordinal);
            Assert.IsGreaterThan(0, at, from);
            damaged.Add([.. Encoding.Latin1.GetBytes(text[..at] + to + text[(at + from.Length)..]), .. good[header..]]);
        }

        byte[] wrongId = [.. good];
        wrongId[header + 3] = 0x7F;
        damaged.Add(wrongId);
        foreach (byte[] bytes in damaged)
        {
            await File.WriteAllBytesAsync(temporary["damaged"], bytes);
            await Assert.ThrowsExactlyAsync<ModelFormatException>(() => model.LoadConversationAsync(temporary["damaged"]));
        }

        Fuzzing.Check(
            good[..header],
            bytes =>
            {
                File.WriteAllBytes(temporary["damaged"], [.. bytes, .. good[header..]]);
                using Conversation loaded = model.LoadConversationAsync(temporary["damaged"]).GetAwaiter().GetResult();
                Assert.AreEqual(10, loaded.Length);
            },
            exception => exception is ModelFormatException,
            FuzzPieces.Json,
            runs: 300);
    }

    [TestMethod]
    public async Task Load_WithAKey_TakesItsOwnFilesOnly()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using TemporaryFolder temporary = new();
        byte[] key = "a key that nobody guesses"u8.ToArray();
        SaveOptions save = new() { Key = key };
        LoadOptions load = new() { Key = key };
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(12));
        await conversation.SaveAsync(temporary["talk"], save);
        await conversation.SaveAsync(temporary["without"]);
        using (Conversation loaded = await model.LoadConversationAsync(temporary["talk"], load))
        using (Conversation unasked = await model.LoadConversationAsync(temporary["talk"]))
        {
            int[] next = Prompts.Random(4, 9);
            float[] expected = await conversation.NextLogitsAsync(next);
            Prompts.AssertSame(expected, await loaded.NextLogitsAsync(next), "loaded with the key");
            Prompts.AssertSame(expected, await unasked.NextLogitsAsync(next), "loaded without");
        }

        Assert.Contains("has no authentication code", await RefusalAsync("without"));
        byte[] good = await File.ReadAllBytesAsync(temporary["talk"]);
        int data = 8 + (int)BitConverter.ToInt64(good);
        foreach (int at in new[] { 20, data, data + 4, data + 60, good.Length / 2, good.Length - 40, good.Length - 32, good.Length - 1 })
        {
            byte[] changed = [.. good];
            changed[at] ^= 1;
            await File.WriteAllBytesAsync(temporary["changed"], changed);
            string refusal = await RefusalAsync("changed");
            Assert.IsTrue(at < data || refusal.Contains("authentication code is not that"), $"{at}: {refusal}");
        }

        await conversation.SaveAsync(temporary["other"], new SaveOptions { Key = "another key"u8.ToArray() });
        Assert.Contains("another key", await RefusalAsync("other"));
        await Assert.ThrowsAsync<ArgumentException>(
            () => conversation.SaveAsync(temporary["empty"], new SaveOptions { Key = ReadOnlyMemory<byte>.Empty }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => model.LoadConversationAsync(temporary["talk"], new LoadOptions { Key = Array.Empty<byte>() }));

        async Task<string> RefusalAsync(string name) => (await Assert.ThrowsExactlyAsync<ModelFormatException>(
            () => model.LoadConversationAsync(temporary[name], load))).Message;
    }

    [TestMethod]
    public async Task Load_AnEmptyConversationWithAKey_IsTheSameAgain()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using TemporaryFolder temporary = new();
        using Conversation empty = model.CreateConversation();
        await empty.SaveAsync(temporary["empty"], new SaveOptions { Key = new byte[] { 1 } });
        using Conversation loaded = await model.LoadConversationAsync(temporary["empty"], new LoadOptions { Key = new byte[] { 1 } });
        Assert.AreEqual(0, loaded.Length);
        await Assert.ThrowsExactlyAsync<ModelFormatException>(
            () => model.LoadConversationAsync(temporary["empty"], new LoadOptions { Key = new byte[] { 2 } }));
    }

    [TestMethod]
    public async Task Load_LongConversation_ComputesNoRowAgain()
    {
        using AloraModel model = await DemoModel.OpenOwnAsync();
        using TemporaryFolder temporary = new();
        using Conversation conversation = model.CreateConversation();
        await conversation.AppendAsync(Prompts.Random(4096));
        long computed = model.Loaded.Session.Rows;
        await conversation.SaveAsync(temporary["talk"]);
        using Conversation loaded = await model.LoadConversationAsync(temporary["talk"]);
        Assert.AreEqual((4096L, 4096), (computed, loaded.Length));
        TokenUsage usage = await loaded.AppendAsync(Prompts.Random(3, 2));
        Assert.AreEqual((4096, 3, 3L), (usage.ReusedTokens, usage.ComputedTokens, model.Loaded.Session.Rows - computed));
    }
}
