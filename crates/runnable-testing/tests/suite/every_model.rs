//! The model suite, with scripted chat models.

mod in_words {
    use runnable_chat::Usage;
    use runnable_testing::{ScriptedChatModel, ScriptedReply};

    runnable_testing::model_suite!({
        let answer = ScriptedReply::words("Hello brave new world").usage(Usage::new(5, 7));
        ScriptedChatModel::new([answer]).repeat_last().to_model()
    });
}

mod at_once {
    use runnable_testing::ScriptedChatModel;

    runnable_testing::model_suite!(
        ScriptedChatModel::new(["Hello you"]).without_streaming().repeat_last().to_model()
    );
}
