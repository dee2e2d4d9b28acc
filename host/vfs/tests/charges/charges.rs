//! Charges: what a small model says that each space and each budget uses, and which limit refuses what.

use crate::config;
use crate::model::Model;
use crate::operations::{all_bounds, operation};
use crate::subject::Subject;
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn every_charge_is_exact_after_every_operation(
        (budgets, spaces) in all_bounds(),
        operations in vec(operation(), 1..150),
    ) {
        let mut model = Model::new(&budgets, &spaces);
        let mut subject = Subject::new(&budgets, &spaces);
        for operation in &operations {
            let expected = model.apply(operation);
            let answer = subject.apply(operation);
            prop_assert_eq!(answer, expected, "{:?}", operation);
            subject.check(&model.ledger, &model.books);
        }
        subject.close();
        for budget in &subject.budgets {
            let usage = budget.usage();
            let used = [usage.bytes, usage.entries, usage.open_files, usage.memory].map(|gauge| gauge.used);
            prop_assert_eq!(used, [0; 4], "something is charged for nothing");
        }
    }
}
